import "./badDaysKilled.test";
