/** Of every page: readable on any screen and on paper, light or dark as the reader's system is. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #fff; --ink: #1c2127; --faint: #5a6572; --rule: #d5dae0; --shade: #f3f5f7;
  --one: #1a66b8; --two: #b35c00; --three: #6b4fb3; --bad: #b3261e; --good: #1e7a3c; --band: #b3261e22;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15191d; --ink: #e4e8ec; --faint: #9aa6b2; --rule: #38424c; --shade: #1e242a;
    --one: #6db1f5; --two: #f0a04b; --three: #b59cf0; --bad: #ff8a80; --good: #6fcf8f; --band: #ff8a8033;
  }
}
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.2rem; margin: 2.2rem 0 .6rem; }
p { margin: .5rem 0; max-width: 46rem; }
a { color: var(--one); }
.lead { color: var(--faint); }
.good { color: var(--good); font-weight: 600; }
.bad { color: var(--bad); font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: .5rem 0 1rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--faint); padding: .25rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--rule); }
thead th { border-bottom-width: 2px; white-space: nowrap; }
tbody th { font-weight: 400; }
.number { text-align: right; white-space: nowrap; }
code { font: .875em/1.45 ui-monospace, monospace; overflow-wrap: anywhere; }
figure { margin: 1rem 0; }
figcaption { color: var(--faint); font-size: .9rem; }
svg { display: block; width: 100%; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--faint); }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
svg .line.one { stroke: var(--one); } svg .line.two { stroke: var(--two); stroke-dasharray: 6 3; }
svg .line.three { stroke: var(--three); stroke-dasharray: 2 3; }
svg .dot.one { fill: var(--one); } svg .dot.two { fill: var(--two); } svg .dot.three { fill: var(--three); }
svg .bar { fill: var(--one); } svg .bar.before { fill: var(--rule); }
svg .band { fill: var(--band); } svg .mark { stroke: var(--bad); stroke-width: 1.4; stroke-dasharray: 4 3; }
svg .told { fill: var(--bad); font-weight: 600; } svg .label { fill: var(--ink); }
footer { margin-top: 3rem; color: var(--faint); font-size: .9rem; }
@media print { body { max-width: none; } h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
`;
