import { Html, html, type Part } from "./html";
import { STYLE } from "./style";

export interface Page {
  readonly title: string;
  /** One line under the title. */
  readonly lead: Part;
  readonly body: Part;
  readonly madeAt: Date;
}

/** A whole HTML document that refers to nothing outside of itself, and runs no script. */
export const page = ({ title, lead, body, madeAt }: Page): string =>
  html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="lead">${lead}</p>
${body}
</main>
<footer>Made by license-db, ${madeAt.toISOString().slice(0, 19)}Z.</footer>
</body>
</html>
`.text;

export interface Column {
  readonly title: string;
  /** A figure: set to the right. */
  readonly number?: boolean;
}

/** A table whose first column names the rows. */
export const table = (caption: Part, columns: readonly Column[], rows: readonly (readonly Part[])[]): Html =>
  html`<div class="scroll"><table>
<caption>${caption}</caption>
<thead><tr>${columns.map(({ title, number }) => html`<th scope="col"${kind(number)}>${title}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map((cell, index) => tableCell(cell, index, columns[index]?.number))}</tr>\n`)}</tbody>
</table></div>
`;

const tableCell = (cell: Part, index: number, number: boolean | undefined): Html =>
  index === 0 ? html`<th scope="row"${kind(number)}>${cell}</th>` : html`<td${kind(number)}>${cell}</td>`;

const kind = (number: boolean | undefined): Html | undefined => (number ? html` class="number"` : undefined);

/** A word that stands out, as it says whether things are well. */
export const verdict = (well: boolean, word: Part): Html =>
  html`<strong class="${well ? "good" : "bad"}">${word}</strong>`;
