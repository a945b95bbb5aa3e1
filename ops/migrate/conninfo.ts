/** libpq's ways of writing down where a server is. Pure. */

/** libpq's keywords: host, port, dbname, user, password, sslmode, … */
export type Conninfo = Readonly<Record<string, string | number | undefined>>;

/** keyword='value' pairs, as CREATE SUBSCRIPTION takes them. */
export const render = (info: Conninfo): string =>
  Object.entries(info)
    .filter(([, value]) => value !== undefined)
    .map(([keyword, value]) => `${keyword}='${String(value).replace(/[\\']/g, "\\$&")}'`)
    .join(" ");

const VARIABLES: Readonly<Record<string, string>> = {
  host: "PGHOST",
  port: "PGPORT",
  dbname: "PGDATABASE",
  user: "PGUSER",
  password: "PGPASSWORD",
  sslmode: "PGSSLMODE",
  sslrootcert: "PGSSLROOTCERT",
  sslcert: "PGSSLCERT",
  sslkey: "PGSSLKEY",
};

/** The same as the environment of pg_dump and its like: no password in the arguments. */
export const environment = (info: Conninfo): Record<string, string> =>
  Object.fromEntries(
    Object.entries(VARIABLES).flatMap(([keyword, variable]) => {
      const value = info[keyword];
      return value === undefined ? [] : [[variable, String(value)]];
    }),
  );
