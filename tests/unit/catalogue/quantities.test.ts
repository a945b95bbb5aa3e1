import { expect, it } from "vitest";
import {
  roundHalfEven,
  showInteger,
  showReal,
  sixDigits,
  splitQuantity,
  toBase,
} from "../../../components/catalogue/quantities";

it.each([
  [0, "0"],
  [0.9, "0.9"],
  [1.1, "1.1"],
  [1_000_000, "1e+06"],
  [123_456.7, "123457"],
  [0.0001, "0.0001"],
  [0.00001, "1e-05"],
  [1.79769e308, "1.79769e+308"],
  [-2.5, "-2.5"],
])("%d prints as C's %%g does: %s", (value, text) => expect(sixDigits(value)).toBe(text));

it("rounds halves to even, as C's rint does", () => {
  expect([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 2.5001].map(roundHalfEven)).toEqual([0, 2, 2, 0, -2, 2, 3]);
});

it("reads numbers and units", () => {
  expect(splitQuantity(" 1.5 GB ")).toEqual({ number: 1.5, unit: "GB" });
  expect(splitQuantity("-0x10")).toEqual({ number: -16, unit: "" });
  expect(splitQuantity("1e3kB")).toEqual({ number: 1000, unit: "kB" });
  for (const text of ["", "GB", "1 2", "1_000", "--1", "1e-400", "١"]) expect(splitQuantity(text)).toBeUndefined();
});

it("shows what SHOW shows", () => {
  expect(showInteger(524_288, "8kB")).toBe("4GB");
  expect(showInteger(524_289, "8kB")).toBe("4194312kB");
  expect(showInteger(-1, "kB")).toBe("-1");
  expect(showInteger(0, "kB")).toBe("0");
  expect(showReal(2, "ms")).toBe("2ms");
  expect(showReal(0.5, "ms")).toBe("500us");
  expect(toBase(30.1, "GB", "MB")).toBe(30_822);
  expect(toBase(1, "d", "MB")).toBeUndefined();
});
