import "./failover.test";
