import "./offline.test";
