import "./migrate.test";
