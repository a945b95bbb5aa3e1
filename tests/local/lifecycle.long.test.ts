import "./lifecycle.test";
