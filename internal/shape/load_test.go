package shape_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chaperone-dev/chaperone/internal/shape"
)

func readPreset(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile("presets/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestLoadRefusesWhatItCannotExecute breaks a preset in one place at a time.
func TestLoadRefusesWhatItCannotExecute(t *testing.T) {
	preset := readPreset(t, "openai-chat")
	cases := map[string]struct{ old, broken, want string }{
		"unknown key":                  {"title: ", "titel: x\ntitle: ", `unknown field "titel"`},
		"unknown key of a place":       {"{at: $.seed, is: opaque}", "{at: $.seed, is: opaque, when: x}", `unknown field "request.places[2].when"`},
		"key in other letters":         {"title: ", "Title: ", `unknown field "Title"`},
		"key given twice":              {"title: ", "title: a\ntitle: ", `"title" already set`},
		"name":                         {"shape: openai-chat", "shape: OpenAI", `shape: "OpenAI" is not a name. Use up to 63 lower-case letters`},
		"no title":                     {"title: OpenAI API", `title: ""`, "title: it is empty. Fill it in."},
		"revision":                     {"revision: 4", "revision: 0", "revision: it is 0. Begin with 1"},
		"limit below the bounds":       {"\nrequest:\n", "\nrequestBytes: 1023\nrequest:\n", "requestBytes: it is 1023. Use 1024 to 67108864 bytes, or leave it out."},
		"limit above the bounds":       {"\nrequest:\n", "\nanswerBytes: 67108865\nrequest:\n", "answerBytes: it is 67108865."},
		"day of reading":               {`read: "2026-11-28"`, "read: yesterday", `evidence.read: "yesterday" is not a day.`},
		"sureness":                     {"sureness: B", "sureness: D", `evidence.sureness: "D" is not known. Use one of A, B, C.`},
		"unknown parameter":            {`path: ["${path}"`, `path: ["${base}"`, "routes[0].path: the parameter ${base} does not exist. Give it a default"},
		"relative path":                {"{path: /v1/chat/completions}", "{path: v1/chat/completions}", `routes[0].path: "v1/chat/completions" is not an absolute path`},
		"unserved use":                 {"use: turn}", "use: chat}", `routes[0].use: "chat" is not known. Use one of asset, control, files, history, opening, pass, refuse, reply, socket, turn.`},
		"unserved method":              {"method: POST", "method: PUT", `routes[0].method: "PUT" is not known. Use one of GET, POST.`},
		"name of a route":              {"name: turn,", "name: A Turn,", `routes[0].name: "A Turn" is not a name.`},
		"method of another use":        {"use: turn}", "use: asset}", `routes[0].method: "POST" is not known. Use one of GET.`},
		"document that nothing reads":  {"use: turn}", "use: files, stream: x}", "routes[0]: it names documents, but nothing reads them for the use files."},
		"reason that is no sentence":   {"use: turn}", "use: refuse, reason: never}", `routes[0].reason: "never" is not a sentence of a route that refuses.`},
		"upgrade that is read":         {"use: turn}", "use: turn, upgrade: websocket}", "routes[0].upgrade: the sidecar reads other protocols only as a socket."},
		"condition that nothing reads": {"use: turn}", "use: pass, when: {at: $.a, in: b}}", "routes[0].when: nothing reads the body for the use pass."},
		"turn without texts":           {"method: POST", "method: GET", "routes[0].method: a turn without a body has no texts."},
		"query of a body":              {"\nrequest:\n", "\nrequest:\n  fields: query\n", "routes[0].request: the texts are in the query, but a method of the route has a body."},
		"fields of an answer":          {"\nanswer:\n", "\nanswer:\n  fields: form\n", "answer.fields: only a request is written otherwise than in JSON."},
		"unknown fields":               {"\nrequest:\n", "\nrequest:\n  fields: xml\n", `request.fields: "xml" is not known. Use one of form, multipart, query.`},
		"files of a form":              {"\nrequest:\n", "\nrequest:\n  fields: form\n  files: [a]\n", "request.files: only a multipart body has files."},
		"no method":                    {"method: POST", "method: []", "routes[0].method: it is empty. Name at least one."},
		"variable that is not closed":  {"{path: /v1/chat/completions}", "{path: '/v1/{x/completions'}", `"/v1/{x/completions" has a variable that is not written as {name}`},
		"rest in the middle":           {"{path: /v1/chat/completions}", "{path: '/**/completions'}", `the segment "**" of "/**/completions" has a special character`},
		"two variables in a segment":   {"{path: /v1/chat/completions}", "{path: '/{a}{b}'}", `has a special character, or two variables`},
		"type with parameters":         {"use: turn}", "use: turn, type: 'text/plain; a=b'}", `routes[0].type: "text/plain; a=b" is not a media type.`},
		"condition on a list":          {"use: turn}", "use: turn, when: {at: '$.a[*]', in: x}}", `routes[0].when.at: "$.a[*]" does not consist of member names.`},
		"condition without a text":     {"use: turn}", "use: turn, when: {at: $.a, in: []}}", "routes[0].when.in: it is empty."},
		"document of no shape":         {"use: turn}", "use: turn, answer: past}", `routes[0].answer: the document "past" does not exist. Use one of none.`},
		"fault of a named document":    {"\nrequest:\n", "\nanswers: {past: {places: [{at: x}]}}\nrequest:\n", `answers.past.places[0].at: selector "x" does not begin with $`},
		"two routes of one name":       {"use: turn}", "use: turn}\n- {name: turn, method: POST, path: /b, use: turn}", `routes[0].name: "turn" names several routes.`},
		"routes that are the same":     {"use: turn}", "use: turn}\n- {name: b, method: POST, path: /v1/chat/completions, use: turn}", "routes[1]: requests cannot tell POST /v1/chat/completions from routes[0]. Put the route"},
		"unknown meaning":              {"{at: $.seed, is: opaque}", "{at: $.seed, is: noise}", `request.places[2].is: "noise" is not known. Use one of address, call, decline, dropped`},
		"meaning of another document":  {"{at: $.seed, is: opaque}", "{at: $.seed, is: shared}", `request.places[2].is: "shared" is not known.`},
		"unknown JSON kind":            {"kinds: [boolean, \"null\"]", "kinds: [bool]", `request.places[3].kinds: "bool" is not known. Use one of object`},
		"selector without a root":      {"{at: $.seed,", "{at: seed,", `request.places[2].at: selector "seed" does not begin with $`},
		"selector with a filter":       {"{at: $.seed,", `{at: "$.seed[?a==1]",`, `selector "$.seed[?a==1]" cannot be read from "[?a==1]" on: write .name`},
		"selector behind all":          {"{at: $.seed,", `{at: "$.seed.**.a",`, `selector "$.seed.**.a" goes on after .**`},
		"selector given twice":         {"{at: $.seed,", "{at: $.model,", `request.places[2].at: "$.model" is listed twice in the document`},
		"kinds without a sentence":     {", fault: The body is not an object.}", "}", "request.places[0].fault: the list kinds and the sentence of its refusal are not there together"},
		"fault that is no sentence":    {"fault: The body is not an object.", "fault: no object", `request.places[0].fault: "no object" is not a sentence. End it with a full stop.`},
		"role without roles":           {"roles: {user: user, assistant: assistant, system: system, developer: system, tool: tool, function: tool}", "", "roles: it is missing at a place with `is: role`"},
		"roles without a role":         {"{at: $.seed, is: opaque}", "{at: $.seed, roles: {user: user}}", "roles: it stands at a place without `is: role`"},
		"unknown role":                 {"developer: system", "developer: maker", `roles.developer: "maker" is not known. Use one of user`},
		"asking at another place":      {"{at: $.seed, is: opaque}", "{at: $.seed, asks: [sse]}", "request.places[2].asks: the place does not ask for a stream."},
		"author of no message":         {"{at: $.seed, is: opaque}", "{at: $.seed, author: user}", "request.places[2].author: the place is not a message"},
		"growth outside of a stream":   {"{at: $.seed, is: opaque}", "{at: $.seed, grows: whole}", "request.places[2]: it has keys that only places of a stream have"},
		"joining without a list":       {"{at: $.error, is: failure}", "{at: $.error, grows: whole, joins: true}", "joins: the place is not a text that is a member of the elements of a list, and whole."},
		"joining of pieces":            {"{at: $.error, is: failure}", "{at: '$.error[*].text', joins: true}", "joins: the place is not a text"},
		"joining of identifiers":       {"{at: $.error, is: failure}", "{at: '$.error[*].text', is: identifier, grows: whole, joins: true}", "joins: the place is not a text"},
		"joining without parts":        {"{at: $.error, is: failure}", "{at: '$.choices[*].said', grows: append, flush: delta, joins: true}", "stream.places: a text with `grows: append` has joins, and nothing stands between two parts of a message."},
		"between parts of no block":    {"{at: $.error, is: failure}", "{at: '$.choices[*].said', between: [a]}", "stream.places: values stand between parts of a message (between), and the stream has no parts."},
		"setting up by an event":       {"{at: $.error, is: failure}", "{at: $.error, is: failure, setsUp: [a]}", "setsUp: the place is not in a frame of a client."},
		"structure of a stream":        {"{at: $.error, is: failure}", "{at: $.error, is: failure, plain: []}", "plain: only a request asks for structured output"},
		"beat of two lines":            {"\nstream:\n", "\nstream:\n  beats: [\"a\\nb\"]\n", `stream.beats[0]: "a\nb" is not a beat. Use at most 32 ASCII characters on one line.`},
		"beat that is long":            {"\nstream:\n", "\nstream:\n  beats: [aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa]\n", "is not a beat"},
		"many beats":                   {"\nstream:\n", "\nstream:\n  beats: [a, b, c, d, e, f, g, h, i]\n", `stream.beats: there are 9, in the framing "sse". List at most 8`},
		"beat of a framing of lines":   {"framing: sse", "framing: ndjson\n  beats: [a]", `stream.beats: there are 1, in the framing "ndjson".`},
		"unknown growth":               {"{at: $.error, is: failure}", "{at: $.error, grows: backwards}", `grows: "backwards" is not known. Use one of append, cumulative, either, repeats`},
		"once in a repeated talk":      {"request:\n", "request:\n  repeats: true\n  disclosesOnce: true\n", "request.disclosesOnce: only a request that names its conversation"},
		"whole texts without a flush":  {"grows: append, flush: delta}", "grows: cumulative}", "flush: it is missing at a place with `grows: append`"},
		"whole texts that are restated": {"{at: $.error, is: failure}", "{at: $.error, grows: restated, flush: delta}\n  - {at: \"$.choices[*].said\", grows: cumulative, flush: delta}",
			`stream.places: "$.choices[*].said" is cumulative in a stream with restated texts. Use one of the two.`},
		"either, in a list": {"{at: $.error, is: failure}", "{at: \"$.choices[*].said[*]\", grows: either, flush: delta}",
			`stream.places: "$.choices[*].said[*]" grows either way inside of a list. Write`},
		"whole texts of no message":   {"{at: $.error, is: failure}", "{at: $.said, grows: cumulative, flush: delta}", `"$.said" grows, ends or counts outside of $.choices[*]`},
		"media type of a request":     {"\nrequest:\n", "\nrequest:\n  mediaType: text/plain\n", `request.mediaType: "text/plain" is not a media type of answers`},
		"media type with a parameter": {"\nanswer:\n", "\nanswer:\n  mediaType: text/plain; a=b\n", `answer.mediaType: "text/plain; a=b" is not a media type of answers`},
		"growth without a flush":      {"grows: append, flush: delta}", "grows: append}", "flush: it is missing at a place with `grows: append`"},
		"flush that does not exist":   {"grows: append, flush: delta}", "grows: append, flush: text}", `flush: "text" is not known. Use one of blocks, call, delta`},
		"prose that does not grow":    {"{at: $.error, is: failure}", "{at: $.error, is: prose}", "a prose of a stream does not grow"},
		"growth outside of a message": {"{at: $.error, is: failure}", "{at: $.said, grows: append, flush: delta}", `"$.said" grows, ends or counts outside of $.choices[*]`},
		"no message":                  {"{at: \"$.messages[*]\", is: message,", "{at: \"$.messages[*]\",", "request.places: no place is a message"},
		"two messages of a stream":    {"{at: $.error, is: failure}", "{at: $.error, is: message}", `stream.places: "$.error" cannot be a message or block. Use $, or the elements`},
		"two lists of calls":          {"{at: $.error, is: failure}", "{at: \"$.choices[*].calls[*]\", is: call}", "several lists hold tool calls"},
		"part that is no element":     {"- at: $.messages[*].content[*]\n", "- at: $.messages[*].piece\n", `"$.messages[*].piece" is not an element of a list`},
		"unknown framing":             {"framing: sse", "framing: morse", `stream.framing: "morse" is not known. Use one of aws-eventstream, json-array, named-sse, ndjson, prefix-lines, socketio, sse, websocket.`},
		"socket without frames":       {"use: turn}", "use: turn}\n- {name: s, method: GET, path: /s, use: socket}", `routes[1].stream: streams with the framing "sse" do not belong to the use socket.`},
		"frames of a turn":            {"framing: sse", "framing: socketio", `routes[0].stream: streams with the framing "socketio" do not belong to the use turn.`},
		"answers without an end":      {"framing: sse", "framing: websocket", "stream.places: no value ends an answer"},
		"needed place that is none":   {"needs: [$.choices, $.usage, $.error]", "needs: [$.choice]", `stream.needs[0]: "$.choice" is not a place of the stream`},
		"event name of a part":        {"framing: sse", "framing: sse\n  name: $.choices[*].index", `stream.name: "$.choices[*].index" cannot name events`},
		"depth":                       {"traceableDepth: 3", "traceableDepth: 0", "stream.traceableDepth: it is 0"},
		"unknown variable":            {`"delta":{${name}:${text}}`, `"delta":{${member}:${text}}`, "stream.flushes.delta: the variable ${member} does not exist here: use call, index"},
		"variable in quotation marks": {`"delta":{${name}:${text}}`, `"delta":{${name}:"${text}"}`, "stream.flushes.delta: the template is not one JSON document"},
		"flush without the text":      {`"delta":{${name}:${text}}`, `"delta":{${name}:""}`, "stream.flushes.delta: it has no ${text}"},
		"variable of another template": {`{"error":{"message":${message}`, `{"error":{"message":${text}`,
			"refusal.body: the variable ${text} does not exist here: use id, message, more"},
		"mark of the end that is none":   {`  - "[DONE]"`, `  - "[END]"`, "refusal.stream[1]: the template is not one JSON document"},
		"unknown way of refusals":        {"refusals: errors", "refusals: status", `say.refusals: "status" is not known. Use one of answers, errors.`},
		"fetching without a session":     {"use: turn}\nrequest:", "use: turn, fetches: true}\nrequest:", "routes[1].fetches: the route is no turn, or its path has no {session}"},
		"what is no session in the path": {"{at: $.seed, is: opaque}", "{at: $.seed, inPath: true}", "request.places[2].inPath: the place is no session"},
		"no session without a name":      {"{at: $.error}", "{at: $.error, unnamed: [local]}", "answer.places[1].unnamed: the place is no session"},
		"polling no history":             {"use: turn}\nrequest:", "use: turn, polls: true}\nrequest:", "routes[1].polls: the route is no history"},
		"documents without fields":       {"request:\n", "request:\n  documents: data\n", "request.documents: only fields have JSON in their text"},
		"conversation of nowhere":        {"answer:\n", "answer:\n  conversation: $.nowhere\n", `answer.conversation[0]: "$.nowhere" is not a place of the answer`},
		"conversation of a request":      {"request:\n", "request:\n  conversation: $.model\n", "request.conversation: a request names its conversation otherwise"},
		"answer without the text":        {`"content":${text}},"finish_reason":"stop"}]}'`, `"content":""},"finish_reason":"stop"}]}'`, "say.body: it has no ${text}. Put the text into it."},
		"stream without the text":        {`"content":${text}},"finish_reason":null}]}'`, `"content":""},"finish_reason":null}]}'`, "say.stream: no event has ${text}. Put the text into one."},
		"route that always streams":      {"use: turn}\nrequest:", "use: turn, alwaysStreams: true, answer: a}\nanswers: {a: {places: []}}\nrequest:", "routes[1].alwaysStreams: the route is no turn with a stream"},
		"unknown variable of an answer": {`{"id":${id},"object":"chat.completion","created"`, `{"id":${rule},"object":"chat.completion","created"`,
			"say.body: the variable ${rule} does not exist here: use date, id, session, text, time"},
		"answers elsewhere of no turn": {"use: turn}", "use: control, answersElsewhere: true}", "routes[0].answersElsewhere: the route is no turn."},
		"ending of a text":             {"{at: $.seed, is: opaque}", "{at: $.seed, endings: ['@a.b']}", "request.places[2].endings: the place is no identifier"},
		"reply without a statement":    {"use: turn}", "use: reply}", "routes[0].request: the request of a reply does not say how the sidecar sends the statement."},
		"reply to nobody":              {"use: turn}", "use: reply}", "routes[0]: nothing names the conversation."},
		"statement of an answer":       {"\nanswer:\n", "\nanswer:\n  statement: {keep: [], members: '{\"a\":${text}}'}\n", "answer.statement: only a request has one."},
		"statement without the text":   {"\nrequest:\n", "\nrequest:\n  statement: {keep: [], members: '{\"a\":1}'}\n", "request.statement.members: it is not an object with ${text}."},
		"statement that is no object":  {"\nrequest:\n", "\nrequest:\n  statement: {keep: [], members: '[${text}]'}\n", "request.statement.members: it is not an object with ${text}."},
		"statement at two segments":    {"\nrequest:\n", "\nrequest:\n  statement: {keep: [], members: '{\"a\":${text}}', segment: a/b}\n", `request.statement.segment: "a/b" is not a segment of a path.`},
		"statement accepted nowhere":   {"\nrequest:\n", "\nrequest:\n  statement: {keep: [], members: '{\"a\":${text}}', accepted: {at: $, in: x}}\n", "request.statement.accepted.at"},
		"no example of a stream":       {"of: stream", "of: answer", "examples: there is none of a stream. Add one."},
		"example of no route":          {"  of: stream", "  of: stream\n  route: [turn, talk]", `examples[2].route: no route "talk" has a stream that is read`},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(preset, tc.old) {
				t.Fatalf("the preset has no %q", tc.old)
			}
			_, err := shape.Load([]byte(strings.Replace(preset, tc.old, tc.broken, 1)))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want one with %q", err, tc.want)
			}
		})
	}
}

// TestLoadRefusesEventsThatItCannotTellApart breaks what a stream says by the type of its events.
func TestLoadRefusesEventsThatItCannotTellApart(t *testing.T) {
	preset := readPreset(t, "vercel-ui-message-stream")
	cases := map[string]struct{ old, broken, want string }{
		"no type":                               {"  type: $.type\n", "", "stream.insert.before: the events have no type. Name in stream.type"},
		"type that is no place":                 {"type: $.type\n", "type: $.kind\n", `stream.type: "$.kind" cannot tell events apart`},
		"type below a member":                   {"type: $.type\n", "type: $.data.type\n", `stream.type: "$.data.type" cannot tell events apart`},
		"key without a place":                   {"is: key", "is: identifier", ""},
		"messages beside blocks":                {"{at: $.toolCallId, is: key", "{at: \"$.list[*]\", is: message}\n  - {at: $.toolCallId, is: key", "some places are messages, and others are blocks"},
		"statement without its text":            {`"id":"chaperone-statement","delta":${text}}`, `"id":"chaperone-statement","delta":""}`, "stream.insert.events: none of them has ${text}"},
		"statement with another text":           {`"id":"chaperone-statement","delta":${text}}`, `"id":${key},"delta":${text}}`, "the variable ${key} does not exist here: use text"},
		"member that is required of no request": {"{at: $.error}", "{at: $.error, required: true}", "answer.places[1].required: the place is not a member of a request"},
		"element of no list":                    {"{at: $.error}", "{at: $.error, insert: '{\"a\":${text}}'}", "the place is not a list of an answer or event"},
		"element without its text":              {"{at: $.error}", "{at: $.error, kinds: [array], fault: No list., insert: '{}'}", "answer.places[1].insert: it has no ${text}"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(preset, tc.old) {
				t.Fatalf("the preset has no %q", tc.old)
			}
			broken := strings.Replace(preset, tc.old, tc.broken, 1)
			if tc.want == "" {
				broken, tc.want = strings.ReplaceAll(preset, tc.old, tc.broken), "it has ${key} or ${type}, and no place is a key"
			}
			_, err := shape.Load([]byte(broken))
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error is %v, want one with %q", err, tc.want)
			}
		})
	}
}

// TestLoadRefusesTemplatesOfRevisedTexts that name a member: pieces and whole texts can stand in members of different names.
func TestLoadRefusesTemplatesOfRevisedTexts(t *testing.T) {
	preset := readPreset(t, "open-webui")
	for _, tc := range []struct{ old, broken, want string }{
		{`{"delta":{"content":${text}}}]}}}]}`, `{"delta":{${name}:${text}}}]}}}]}`, "stream.flushes.content: it has ${name}, and places with pieces"},
		{"    is: prose\n    grows: cumulative", "    is: signed\n    grows: cumulative", "stream.flushes.content: a signed text has pieces and whole texts"},
		{"say: completion}", "say: complete}", `routes[1].say: the document "complete" does not exist. Use one of completion.`},
		{`"content":${text}},"finish_reason":"stop"}]}'`, `"content":""},"finish_reason":"stop"}]}'`, "says.completion.body: it has no ${text}"},
	} {
		if !strings.Contains(preset, tc.old) {
			t.Fatalf("the preset has no %q", tc.old)
		}
		if _, err := shape.Load([]byte(strings.Replace(preset, tc.old, tc.broken, 1))); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("error is %v, want one with %q", err, tc.want)
		}
	}
}

// TestLoadRefusesPadding that is not one character, or of a text that does not grow.
func TestLoadRefusesPadding(t *testing.T) {
	preset := readPreset(t, "hf-chat-ui")
	for _, broken := range []string{strings.Replace(preset, `padding: "\0"`, "padding: xx", 1), strings.Replace(preset, "$.data, required: true", "$.data, padding: x, required: true", 1)} {
		if _, err := shape.Load([]byte(broken)); err == nil || !strings.Contains(err.Error(), "is not one character, or the text at the place does not grow") {
			t.Errorf("error is %v", err)
		}
	}
}

func TestLoadNamesAllFaults(t *testing.T) {
	broken := strings.NewReplacer("revision: 4", "revision: 0", "framing: sse", "framing: x").Replace(readPreset(t, "openai-chat"))
	_, err := shape.Load([]byte(broken))
	if err == nil || !strings.Contains(err.Error(), "revision: it is 0") || !strings.Contains(err.Error(), "stream.framing") {
		t.Errorf("error is %v", err)
	}
}

func TestParseSelector(t *testing.T) {
	got, err := shape.ParseSelector("$.choices[*]['odd name'][type=a.b].delta.*.x.**")
	if err != nil {
		t.Fatal(err)
	}
	want := []shape.Step{
		{Name: "choices"}, {Kind: shape.ToElements}, {Name: "odd name"},
		{Kind: shape.ToCase, Name: "type", Text: "a.b"}, {Name: "delta"}, {Kind: shape.ToOthers}, {Name: "x"}, {Kind: shape.ToAll},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
}

func TestPresetPaths(t *testing.T) {
	paths, err := shape.PresetPaths()
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"bot-framework": "/api/messages",
		"a2a":           "/", "ag-ui": "/agent", "anythingllm-embed": "/api/embed/{embed}/stream-chat", "chatwoot-agent-bot": "/webhook", "cohere-chat": "/v2/chat", "deep-chat": "/chat", "dify-chat": "/{api}/chat-messages", "direct-line": "/v3/directline/conversations/{session}/activities", "flowise-prediction": "/api/v1/prediction/{flow}", "gemini": "/{version}/models/{model}:generateContent", "anthropic-messages": "/v1/messages", "botpress-chat": "/{webhook}/messages", "bedrock-converse": "/model/{model}/converse-stream", "langgraph-runs": "/threads/{session}/runs/stream", "langserve": "/{chain}/stream",
		"mcp": "/mcp", "n8n-chat": "/webhook/{id}/chat", "n8n-chat-stream": "/webhook/{id}/chat",
		"hf-chat-ui": "/conversation/{session}", "librechat": "/api/agents/chat", "chainlit": "/ws/socket.io", "ollama-chat": "/api/chat", "open-webui": "/api/chat/completions", "openai-chat": "/v1/chat/completions", "openai-embeddings": "/v1/embeddings", "openai-realtime": "/v1/realtime", "openai-responses": "/v1/responses", "rasa-rest": "/webhooks/rest/webhook", "rasa-socketio": "/socket.io",
		"slack": "/slack/events", "telegram-bot": "/webhook", "twilio-messaging": "/sms", "whatsapp-cloud": "/webhook",
		"typebot-chat": "/api/v1/sessions/{session}/continueChat", "vercel-data-stream": "/api/chat", "vercel-ui-message-stream": "/api/chat",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("paths of presets (-want +got):\n%s", diff)
	}
}

// TestSelectorsOfSeveralCases: a selector that lists texts of cases stands for one selector for each text.
func TestSelectorsOfSeveralCases(t *testing.T) {
	var got shape.Selectors
	if err := got.UnmarshalJSON([]byte(`["$[type=a|b].x[kind=c|d].y", "$.z"]`)); err != nil {
		t.Fatal(err)
	}
	want := shape.Selectors{"$[type=a].x[kind=c].y", "$[type=a].x[kind=d].y", "$[type=b].x[kind=c].y", "$[type=b].x[kind=d].y", "$.z"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("selectors (-want +got):\n%s", diff)
	}
}

// TestReplyHasBody: what the bot says is in the body, or in the query if the document says so.
func TestReplyHasBody(t *testing.T) {
	const route, document = `{name: say, method: GET, path: "/say/{session}", use: reply, request: say}`,
		"\nrequests: {say: {%splaces: [{at: $.text, is: prose}], statement: {keep: [], members: '{\"text\":${text}}'}}}"
	if _, err := withRoutes(t, route+fmt.Sprintf(document, "fields: query, ")); err != nil {
		t.Error(err)
	}
	_, err := withRoutes(t, route+fmt.Sprintf(document, ""))
	if want := "routes[0].method: a reply without a body has no texts."; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error is %v, want one with %q", err, want)
	}
}

// TestListsWithStatements: only a list of an answer with a statement can be without one, or have no room for it.
func TestListsWithStatements(t *testing.T) {
	preset := readPreset(t, "slack")
	const place = "skipsEmpty: true, capacity: 100"
	for other, want := range map[string]string{
		"capacity: 1":                                        "capacity: the list has no room",
		"silent: {at: '$.a[*]', in: x}":                      "silent.at: ",
		"}\n  - {at: $.title, skipsEmpty: true":              "it has skipsEmpty, silent or capacity",
		"}\n  - {at: $.title, silent: {at: $.type, in: [x]}": "it has skipsEmpty, silent or capacity",
		"}\n  - {at: $.title, capacity: 100":                 "it has skipsEmpty, silent or capacity",
	} {
		broken := strings.Replace(preset, place, other, 1)
		if _, err := shape.Load([]byte(broken)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("with %s the error is %v", other, err)
		}
	}
}

// TestTextsThatRestate: only a text that people read and that is whole takes the place of an answer.
func TestTextsThatRestate(t *testing.T) {
	preset := readPreset(t, "librechat")
	const place = "is: prose, grows: whole, restates: true"
	for _, other := range []string{"is: identifier, grows: whole, restates: true", "is: prose, grows: append, flush: content, restates: true"} {
		broken := strings.Replace(preset, place, other, 1)
		if _, err := shape.Load([]byte(broken)); err == nil || !strings.Contains(err.Error(), "restates: the text at the place") {
			t.Errorf("with %s the error is %v", other, err)
		}
	}
}
