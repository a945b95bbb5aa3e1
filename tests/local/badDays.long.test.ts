import "./badDays.test";
