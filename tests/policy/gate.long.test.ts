import "./gate.test";
