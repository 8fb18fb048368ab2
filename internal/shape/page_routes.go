package shape

// routesText explains routes on the page that lists the shapes.
const routesText = `
## Routes

A shape lists its routes under ` + "`routes`" + `. The first route that matches a request holds, and a request that none matches is refused. A route
that no request can reach, because an earlier one matches all of its requests, is an error of loading.

| key | what it is |
|---|---|
| ` + "`name`" + ` | a name that is unique in the shape |
| ` + "`method`, `path`" + ` | one or a list; a path has ` + "`{name}`" + ` for a part of a segment, ` + "`/**`" + ` at its end for the rest, ` + "`${name}`" + ` for a parameter |
| ` + "`query`" + ` | parameters that the query must have, each with a value or ` + "`\"*\"`" + ` |
| ` + "`type`" + ` | media types of the request, one or a list |
| ` + "`when`" + ` | ` + "`at`" + `, member names such as ` + "`$.data.action`" + `, and ` + "`in`" + `, texts of which the body has one there |
| ` + "`use`" + ` | what the requests are for |
| ` + "`request`, `answer`, `stream`" + ` | names of documents under ` + "`requests`, `answers`, `streams`" + `, in place of those of the shape; a route that names an answer and no stream has no streams |

Texts in place of ` + "`{name}` and `**`" + ` go on as they were sent. They cannot be ` + "`.` or `..`" + `, and have no escaped slashes, backslashes, dots,
percent signs or control characters. A path with personal data in them is refused. ` + "`${name}`" + ` can also stand in selectors.
`
