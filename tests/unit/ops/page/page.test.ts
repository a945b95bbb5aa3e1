import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { barChart, lineChart } from "../../../../ops/page/chart";
import { escapeHtml, html } from "../../../../ops/page/html";
import { page, table, verdict } from "../../../../ops/page/page";
import { complaints, references } from "./support";

const text = fc.string({ unit: "binary", maxLength: 40 });
const figure = fc.double({ min: 0, max: 1e9, noNaN: true });

describe("HTML from values", () => {
  it("never lets text become markup, whatever it is", () =>
    fc.assert(
      fc.property(text, (value) => {
        const made = html`<p title="${value}">${value}</p>`.text;
        expect(made.slice(10).replace(/&(amp|lt|gt|quot|#39);/g, "")).toMatch(/^[^<>"']*"?>[^<>"']*<\/p>$/);
      }),
    ));

  it("keeps what a reader sees", () => {
    expect(escapeHtml(`a < b && "c" > 'd'`)).toBe("a &lt; b &amp;&amp; &quot;c&quot; &gt; &#39;d&#39;");
    expect(html`<ul>${["<", undefined, html`<li>1</li>`, 2]}</ul>`.text).toBe("<ul>&lt;<li>1</li>2</ul>");
  });
});

describe("a page", () => {
  it("is valid, accessible HTML that refers to nothing, whatever the texts and figures in it are", () =>
    fc.assert(
      fc.asyncProperty(
        text,
        fc.array(fc.tuple(figure, figure), { minLength: 1, maxLength: 12 }),
        fc.array(fc.record({ label: text, value: figure, shown: text, before: fc.option(figure, { nil: undefined }) })),
        async (word, points, bars) => {
          const sorted = [...points].sort(([a], [b]) => a - b);
          const lines = lineChart({
            title: "Lines",
            description: word,
            xLabel: word,
            yLabel: word,
            series: [{ name: word, points: sorted }],
            bands: [{ from: sorted[0]?.[0] ?? 0, to: sorted.at(-1)?.[0] ?? 0, label: word }],
            marks: [{ x: sorted[0]?.[0] ?? 0, label: word }],
            dots: true,
          });
          const shown = bars.map(({ before, ...bar }) => (before === undefined ? bar : { ...bar, before }));
          const made = page({
            title: `A title ${word}`,
            lead: word,
            body: [
              html`<h2>Part</h2>`,
              table(
                "A table",
                [{ title: "Name" }, { title: "Figure", number: true }],
                [[`- ${word}`, verdict(true, "well")]],
              ),
              lines,
              barChart({ title: "Bars", description: word, bars: shown }),
            ],
            madeAt: new Date(0),
          });
          expect(made).not.toContain("NaN");
          expect(made).not.toContain("Infinity");
          expect(await complaints(made)).toEqual([]);
          if (!/[=(@:]/.test(word)) expect(references(made)).toEqual([]);
        },
      ),
      { numRuns: 40 },
    ));

  it("is told from one that is not valid", async () => {
    const good = page({ title: "Title", lead: "", body: "", madeAt: new Date(0) });
    expect(await complaints(good.replace("</main>", "<img src=x></main>"))).not.toEqual([]);
    expect(references(good.replace("</main>", "<img src=x></main>"))).toEqual(["<img", "src="]);
  });
});
