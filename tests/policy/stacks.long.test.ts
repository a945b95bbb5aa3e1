import "./stacks.test";
