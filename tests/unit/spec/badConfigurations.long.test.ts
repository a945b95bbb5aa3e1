import "./badConfigurations.test";
