import "./drills.test";
