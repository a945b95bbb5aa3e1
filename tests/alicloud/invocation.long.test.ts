import "./invocation.test";
