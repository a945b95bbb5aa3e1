import "./mutants.test";
