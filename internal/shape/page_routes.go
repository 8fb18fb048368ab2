package shape

// routesText explains routes on the page that lists the shapes.
const routesText = `
## Routes

A shape lists its routes under ` + "`routes`" + `. The first route that matches a request holds, and a request that none matches is refused. A route
that no request can reach, because an earlier one matches all of its requests, is an error of loading.
A request that the app could take for one of an earlier route, which reads or refuses it, goes to no later route: another spelling of its path
or query, and another method, query or type of its path before a route that passes unread, unless that route names this path. GET on the path
of a turn whose texts are in the body goes to an asset route, so that pages load.

| key | what it is |
|---|---|
| ` + "`name`" + ` | a name that is unique in the shape |
| ` + "`method`, `path`" + ` | one or a list; a path has ` + "`{name}`" + ` for a part of a segment, ` + "`/**`" + ` at its end for the rest, ` + "`${name}`" + ` for a parameter |
| ` + "`query`" + ` | parameters that the query must have, each with a value or ` + "`\"*\"`" + ` |
| ` + "`type`" + ` | media types of the request, one or a list |
| ` + "`when`" + ` | ` + "`at`" + `, member names such as ` + "`$.data.action`" + `, and ` + "`in`" + `, texts of which the body has one there, or ` + "`\"*\"`" + ` |
| ` + "`alwaysStreams`" + ` | for a turn whose clients read every answer as a stream, whatever the request says: the sidecar answers in ` + "`say.stream`" + ` only |
| ` + "`fetches`" + ` | for a turn whose path has ` + "`{session}`" + `, when it fetches the answers to earlier requests of the conversation: a question for consent to them is said here too |
| ` + "`answersElsewhere`" + ` | for a turn that a messaging service sends to the app, which may answer it without content |
| ` + "`side`" + ` | ` + "`ports` or `processors`" + `, if the route is there only, such as the API of a messaging service, which no port has |
| ` + "`polls`" + ` | for a history in which new answers arrive: a suspended chatbot refuses it |
| ` + "`say`" + ` | a name under ` + "`says`" + `: how an answer with a text of the sidecar looks, in place of ` + "`say`" + ` of the shape |
| ` + "`upgrade`" + ` | the protocol that the request asks for, such as ` + "`websocket`" + `; for the uses socket, pass and refuse. Without it, pass has no upgrades |
| ` + "`signed`" + ` | the messaging service signs the requests to the port, as ` + "`signature`" + ` of the shape says, see below |
| ` + "`use`" + ` | what the requests are for, see below |
| ` + "`reason`" + ` | a sentence that says why requests are refused, for the use refuse |
| ` + "`request`, `answer`, `stream`" + ` | names of documents under ` + "`requests`, `answers`, `streams`" + `, in place of those of the shape; a route that names an answer and no stream has no streams |

A request that is not JSON has ` + "`fields`" + ` in its document: ` + "`query`" + `, ` + "`form`" + ` (urlencoded) or ` + "`multipart`" + `. Its fields are the members of the document, so that
` + "`$.text`" + ` is the field text; a name that stands there several times is a list. ` + "`files`" + ` lists the fields of a multipart form that are files and pass
**unread**; all other files are refused. ` + "`documents`" + ` lists the fields whose text is a JSON document, with places such as ` + "`$.data.inputs`" + `.

What a messaging service shows of the response to a turn with ` + "`answersElsewhere`" + ` can be other than JSON: ` + "`texts`" + ` of the answer lists media types of one
text, and ` + "`xml`" + ` describes messages in XML. Both get the statement. All else that is not JSON is inspected as a text without one.

Some clients load the history after each answer, and would lose what the sidecar has said in place of the chatbot, such as the question for
consent. A list of messages in the answer of a history with ` + "`{session}`" + ` in its path can have it as its last element, until a message goes on: ` + "`recall`" + ` of
its place has the ` + "`element`" + `, with ` + "`${text}`, `${id}`, `${last}` and `${before}`" + `, and the names of the members with the identifier of a message (` + "`id`" + `) and of those before it
(` + "`before`" + `). ` + "`recalled`" + ` of an identifier in a request has the app get the message before that element, which it does not know
([ADR 81](../adr/0081-what-clients-load-again.md)).

| use | methods | requests | answers |
|---|---|---|---|
| turn | POST, GET with ` + "`fields: query`" + ` | read and redacted | read and redacted, with the disclosure where one is due |
| history, opening | GET, POST | read and redacted | read and redacted; the first text of the chatbot (with every-message: each message) begins with the disclosure, so that it is there after a reload |
| reply | POST, PUT, GET with ` + "`fields: query`" + ` | messages of the chatbot that the app sends to a messaging service; read and redacted. If the statement is due, the sidecar sends it first, as ` + "`statement`" + ` of the request says. Only for processors: no port has such routes | read and redacted |
| control | any | read and redacted | read and redacted |
| files | POST, PUT, PATCH | **unread** | read and redacted |
| socket | GET, with an upgrade to WebSocket | frames, read as the ` + "`request`" + ` | frames, read as the ` + "`stream`" + `, whose framing is ` + "`websocket`" + ` (JSON) or ` + "`socketio`" + ` |
| asset | GET | no body | **unread**; only pages, scripts, styles, fonts, images, WebAssembly, web manifests and source maps, anything else is refused |
| pass | any | **unread** | **unread** |
| refuse | any | refused | |

Only turns count as turns. A route with GET serves HEAD too, unless it is a turn. Routes of the uses history, opening and control that name
no documents carry JSON of any form or text, all of which is inspected; in a history without a document, no text is known to be the
chatbot's, so it gets no disclosure. The author of a text must stand before the text.

` + "`{session}`" + ` as a whole segment of a path is what identifies the conversation, and ` + "`{secret}`" + ` what is not inspected: a credential, or an identifier of a service that looks like personal data.
Texts in place of ` + "`{name}` and `**`" + ` go on as they were sent. They cannot be ` + "`.` or `..`" + `, and have no escaped slashes, backslashes, dots,
percent signs or control characters. A path with personal data in them is refused. ` + "`${name}`" + ` can also stand in selectors.

The routes of an app that serves its page, the history and the chat on one port:

` + "```yaml" + `
routes:
- {name: turn, method: POST, path: "${path}", use: turn}
- {name: greeting, method: GET, path: /api/greeting, use: opening, answer: greeting}
- {name: past, method: GET, path: "/api/chats/{id}", use: history, answer: past}
- {name: stop, method: [POST, DELETE], path: "/api/chats/{id}/stop", use: control}
- {name: upload, method: POST, path: /api/files, use: files}
- {name: health, method: GET, path: /healthz, use: pass}
- {name: page, method: GET, path: ["/", "/assets/**"], use: asset}
answers:
  greeting:
    places:
    - {at: $, is: message, author: assistant}
    - {at: $.greeting, is: prose}
  past:
    places:
    - {at: "$.messages[*]", is: message}
    - {at: "$.messages[*].role", is: role, roles: {user: user, assistant: assistant}}
    - {at: "$.messages[*].text", is: prose}
` + "```" + `

## Signatures

A messaging service signs what it sends to a bot, and redaction breaks such a signature. A shape says under ` + "`signature`" + ` where it stands, and a port
names the secret:

` + "```yaml" + `
ports:
- name: http
  shape: slack
  signature: {secretKeyRef: {name: slack-app, key: signing-secret}}
` + "```" + `

The sidecar checks the body as it was sent, refuses a message without a fitting signature with 401 before it reads it, and signs what redaction
leaves for the app with the same secret, so that the app checks it as before. The key is a file of the sidecar's container; pods without it
do not start. A new secret holds at once, and the previous one for ten minutes more. Without ` + "`spec.ports[].signature`" + ` nothing is checked, the
sidecar removes the signature, and a finding says so ([ADR 60](../adr/0060-signatures-of-messages.md)).

| key | what it is |
|---|---|
| ` + "`form`" + ` | ` + "`body-hmac-sha256`" + ` in hexadecimal; ` + "`form-hmac-sha1`" + ` in Base64, over the public URL, with or without its port, and the sorted fields of a form; or ` + "`token`" + `, the secret itself |
| ` + "`header`" + ` | the header with it |
| ` + "`prefix`, `before`" + ` | what stands in the header before the signature, and in what is signed before the body, with ` + "`${timestamp}`" + ` |
| ` + "`timestamp`, `maxAgeSeconds`" + ` | the header with the time of the message, in seconds since 1970, and how far from now it may be |

` + "`form-hmac-sha1`" + ` needs ` + "`spec.ports[].signature.url`" + `, what stands before the path in the public URL; forwarding headers, which anybody can send,
do not count.
`
