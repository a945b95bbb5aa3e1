import "./instance.test";
