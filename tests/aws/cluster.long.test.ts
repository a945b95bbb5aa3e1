import "./cluster.test";
