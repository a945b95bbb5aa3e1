import "./alerts.test";
