package shape

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// sureness says in words how sure the evidence of a shape is.
var sureness = map[string]string{
	"A": "A, read in the maker's own source code or schema",
	"B": "B, read in documentation, or in older source code",
	"C": "C, from general knowledge",
}

// meaningTexts says in words what each meaning is for.
var meaningTexts = map[Meaning]string{
	"": "text", Text: "text", Prose: "prose, which people read", Decline: "prose instead of the content", Identifier: "identifier", Session: "identifier of the conversation", Address: "address of the person, **not inspected**", Phone: "telephone number, whatever its form", Person: "identifier of the person",
	Language: "language of the person",
	Shared:   "identifier of all events", Opaque: "**not inspected**", Signed: "signed text", Role: "author", Streamed: "asks for a stream",
	StreamedUnlessFalse: "asks for a stream, unless false", Message: "message", Block: "block of the message",
	ContentPart: "part of a message", Call: "tool call", Index: "index", Key: "key of the text", Subindex: "second index",
	Failure: "error of the chatbot", Dropped: "replaced by null", Offset: "replaced by 0",
}

// unreadTexts says of each use what passes unread.
var unreadTexts = map[string]string{
	UseAsset: "the answers, which are pages, scripts, styles, fonts or images.", UseFiles: "the files that people upload.",
	UsePass: "**everything** passes unread.",
}

// indexText is what the page that lists the shapes says before the list.
//
//go:embed index.md
var indexText string

// FormatPages returns the files of the documentation of shapes by their names: the list, the page of each preset, that of all keys, and the
// JSON schema. The error says what cannot be read.
func FormatPages() (map[string]string, error) {
	list, err := Presets()
	if err != nil {
		return nil, err
	}
	schema, err := json.MarshalIndent(Schema(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the schema of shapes: %w", err)
	}
	reference, err := FormatReference()
	if err != nil {
		return nil, err
	}
	pages := map[string]string{"README.md": FormatIndex(list), "reference.md": reference, "schema.json": string(schema) + "\n"}
	for _, s := range list {
		pages[s.Name+".md"] = FormatPage(s)
	}
	return pages, nil
}

// FormatIndex returns the page that lists the shapes, in Markdown.
func FormatIndex(list []*Shape) string {
	var b strings.Builder
	b.WriteString(indexText)
	writeList(&b, list)
	b.WriteString(routesText)
	return b.String()
}

// writeList writes the rows of the shapes.
func writeList(b *strings.Builder, list []*Shape) {
	for _, s := range list {
		fmt.Fprintf(b, "| [%s](%s.md) | `%s` | %d | %s |\n", s.Name, s.Name, s.expand(s.Parameters).Routes[0].Path[0], s.Revision, s.Evidence.Sureness)
	}
}

// FormatPage returns the page of a shape, in Markdown.
func FormatPage(s *Shape) string {
	var b strings.Builder
	source := s.Evidence.Source
	if s.Evidence.URL != "" {
		source = fmt.Sprintf("[%s](%s)", source, s.Evidence.URL)
	}
	fmt.Fprintf(&b, "# %s\n\nThe %s.\n\n| | |\n|---|---|\n", s.Name, s.Title)
	for _, route := range s.expand(s.Parameters).Routes {
		fmt.Fprintf(&b, "| %s | %s |\n", route.Name, describeRoute(&route))
	}
	fmt.Fprintf(&b, "| revision | %d |\n| versions | %s |\n| source | %s, read %s |\n| sureness | %s |\n| framing of streams | %s |\n",
		s.Revision, s.Evidence.Versions, source, s.Evidence.Read, sureness[s.Evidence.Sureness], s.Stream.Framing)
	if s.Side != "" {
		fmt.Fprintf(&b, "| where | only `spec.%s[].shape` |\n", s.Side)
	}
	if s.Signature != nil {
		fmt.Fprintf(&b, "| signature | `%s` in the header `%s`, checked and renewed with `spec.ports[].signature` |\n", s.Signature.Form, s.Signature.Header)
	}
	writeStatement(&b, s)
	if s.Say != nil {
		fmt.Fprintf(&b, "| refusals that concern the person | %s, unless `spec.ports[].refusals` says otherwise |\n", s.Say.Refusals)
	}
	s.writeUnread(&b)
	writePlaces(&b, "request", s.Request.Places)
	writePlaces(&b, "answer", s.Answer.Places)
	writePlaces(&b, "event of a stream", s.Stream.Places)
	s.writeNamed(&b)
	s.writeEgress(&b)
	b.WriteString("\n## Examples\n")
	for _, e := range s.Examples {
		writeExample(&b, e)
	}
	return b.String()
}

// writeUnread writes what the sidecar does not read, and the other limits.
func (s *Shape) writeUnread(b *strings.Builder) {
	b.WriteString("\n## What is not read\n\n")
	for _, r := range s.Routes {
		if text := unreadTexts[r.Use]; text != "" {
			fmt.Fprintf(b, "- Of the route %s: %s\n", r.Name, text)
		}
	}
	for _, name := range append([]string{""}, slices.Sorted(maps.Keys(s.Requests))...) {
		d := s.Requests[name]
		if name == "" {
			d = s.Request
		}
		for _, field := range d.Files {
			fmt.Fprintf(b, "- Files in the field `%s` of requests.\n", field)
		}
	}
	for _, limit := range s.Limits {
		fmt.Fprintf(b, "- %s\n", limit)
	}
}

// writeNamed writes the tables of the documents that have names.
func (s *Shape) writeNamed(b *strings.Builder) {
	for _, name := range slices.Sorted(maps.Keys(s.Requests)) {
		writePlaces(b, "request `"+name+"`", s.Requests[name].Places)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Answers)) {
		writePlaces(b, "answer `"+name+"`", s.Answers[name].Places)
	}
	for _, name := range slices.Sorted(maps.Keys(s.Streams)) {
		if reflect.DeepEqual(s.Streams[name], s.Stream) {
			fmt.Fprintf(b, "\nThe events of a stream `%s` are those of a turn.\n", name)
			continue
		}
		writePlaces(b, "event of a stream `"+name+"`", s.Streams[name].Places)
	}
}

// describeRoute returns the methods and paths of a route, its conditions, and its use unless that is a turn.
func describeRoute(r *Route) string {
	var all []string
	for _, path := range r.Path {
		all = append(all, "`"+strings.Join(r.Method, ", ")+" "+path+"`")
	}
	for _, name := range slices.Sorted(maps.Keys(r.Query)) {
		all = append(all, "with `"+name+"="+r.Query[name]+"` in the query")
	}
	if len(r.Type) > 0 {
		all = append(all, "of the type `"+strings.Join(r.Type, "`, `")+"`")
	}
	if r.Upgrade != "" {
		all = append(all, "as `"+r.Upgrade+"`")
	}
	if r.When != nil {
		all = append(all, "with `"+strings.Join(r.When.In, "` or `")+"` at `"+r.When.At+"`")
	}
	if r.Signed {
		all = append(all, "signed")
	}
	if r.Use != UseTurn {
		all = append(all, "use `"+r.Use+"`")
	}
	if r.AnswersElsewhere {
		all = append(all, "answered elsewhere")
	}
	return strings.Join(all, ", ")
}

// writeStatement writes the rows about statements that stand elsewhere than at the beginning of a text, and how streams are labeled.
func writeStatement(b *strings.Builder, s *Shape) {
	if s.Stream.MediaType != "" {
		fmt.Fprintf(b, "| media type of streams | `%s` |\n", s.Stream.MediaType)
	}
	if len(s.Stream.Beats) > 0 {
		fmt.Fprintf(b, "| keeps connections open, and passes as it is | `%q` |\n", s.Stream.Beats)
	}
	if s.Answer.MediaType != "" {
		fmt.Fprintf(b, "| media types of answers | `application/json`, `%s` |\n", s.Answer.MediaType)
	}
	writeShown(b, &s.Answer)
	writeRecalls(b, s)
	if s.Request.DisclosesOnce {
		b.WriteString("| statement in a conversation | in the first answer, and again after a day |\n")
	}
	for _, name := range slices.Sorted(maps.Keys(s.Requests)) {
		if statement := s.Requests[name].Statement; statement != nil {
			fmt.Fprintf(b, "| statement before a request `%s` | `%s` with `%s` of the request%s |\n",
				name, statement.Members, strings.Join(statement.Keep, "`, `"), describeSegment(statement))
		}
	}
	for i := range s.Answer.Places {
		if p := &s.Answer.Places[i]; p.Insert != "" {
			fmt.Fprintf(b, "| statement in an answer | the first element of `%s` |\n", strings.Join(p.At, "`, `"))
		}
	}
	if insert := s.Stream.Insert; insert != nil {
		before := "the first event"
		if len(insert.Before) > 0 {
			before = "the first event of the type `" + strings.Join(insert.Before, "` or `") + "`"
		}
		fmt.Fprintf(b, "| statement in a stream | in events of its own, before %s |\n", before)
	}
}

// writeShown writes the rows about answers in other forms than JSON, which a messaging service shows.
func writeShown(b *strings.Builder, answer *Document) {
	if len(answer.Texts) > 0 {
		fmt.Fprintf(b, "| answers that the person sees as a text | `%s` |\n", strings.Join(answer.Texts, "`, `"))
	}
	if answer.XML != nil {
		fmt.Fprintf(b, "| answers in XML | `%s`: %s |\n", strings.Join(answer.XML.Types, "`, `"), answer.XML.describe())
	}
}

// writeRecalls writes the rows about what the sidecar has said, and a history has.
func writeRecalls(b *strings.Builder, s *Shape) {
	for _, name := range slices.Sorted(maps.Keys(s.Answers)) {
		for i := range s.Answers[name].Places {
			if p := &s.Answers[name].Places[i]; p.Recall != nil {
				fmt.Fprintf(b, "| what the sidecar has said, in an answer `%s` | the last element of `%s`, until a message goes on |\n", name, strings.Join(p.At, "`, `"))
			}
		}
	}
}

// describe says which answers the sidecar reads, and where the statement stands in them.
func (m *Markup) describe() string {
	parts := []string{"`" + m.Root + "` with the elements `" + strings.Join(m.Messages, "`, `") + "`"}
	if len(m.Parts) > 0 {
		parts = append(parts, "in them can stand `"+strings.Join(m.Parts, "`, `")+"`")
	}
	parts = append(parts, "the statement is a `"+m.Messages[0]+"` of its own before the first")
	if len(m.Keeps) > 0 {
		parts = append(parts, "the attribute `"+strings.Join(m.Keeps, "`, `")+"` is **not inspected**")
	}
	if len(m.Elsewhere) > 0 {
		parts = append(parts, "an answer with the attribute `"+strings.Join(m.Elsewhere, "`, `")+"` is refused")
	}
	return strings.Join(parts, "; ")
}

// describeSegment returns where the request with a statement is sent, if that is another path.
func describeSegment(s *Statement) string {
	if s.Segment == "" {
		return ""
	}
	return ", sent to `" + s.Segment + "`"
}

// writePlaces writes the table of the places of a document.
func writePlaces(b *strings.Builder, of string, places []Place) {
	fmt.Fprintf(b, "\n## Places of a%s\n\n| place | what it is | how it grows | what it admits |\n|---|---|---|---|\n", withN(of))
	for i := range places {
		p := &places[i]
		for _, selector := range p.At {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", selector, meaningTexts[p.Is], p.Grows, describeAdmitted(p))
		}
	}
}

// withN returns the noun after the letter that the article "a" may need.
func withN(noun string) string {
	if strings.HasPrefix(noun, "a") || strings.HasPrefix(noun, "e") {
		return "n " + noun
	}
	return " " + noun
}

// describeAdmitted returns what a place admits: JSON kinds, values and types of parts.
func describeAdmitted(p *Place) string {
	var all []string
	if len(p.Kinds) > 0 {
		all = append(all, strings.Join(p.Kinds, ", "))
	}
	if len(p.Values) > 0 {
		all = append(all, "`"+strings.Join(p.Values, "`, `")+"`")
	}
	if len(p.Endings) > 0 {
		all = append(all, "**not inspected** with the ending `"+strings.Join(p.Endings, "`, `")+"`")
	}
	if p.InPath {
		all = append(all, "as in the path")
	}
	if len(p.Asks) > 0 {
		all = append(all, "asks with `"+strings.Join(p.Asks, "`, `")+"`")
	}
	if len(p.SetsUp) > 0 {
		all = append(all, "needs no consent with `"+strings.Join(p.SetsUp, "`, `")+"`")
	}
	if p.Part != nil {
		all = append(all, "types `"+strings.Join(slices.Sorted(maps.Keys(p.Part.Texts)), "`, `")+"`")
	}
	return strings.Join(all, "; ")
}

// writeExample writes an example: the document, the texts found, and the result if it differs.
func writeExample(b *strings.Builder, e Example) {
	of := withN(e.Of)
	switch len(e.Route) {
	case 0:
	case 1:
		of += " of the route " + e.Route[0]
	default:
		of += " of the routes " + strings.Join(e.Route, ", ")
	}
	if e.Type != "" {
		of += " of the type `" + e.Type + "`"
	}
	if e.Said != "" {
		of += " after the sidecar has said `" + e.Said + "`"
	}
	fmt.Fprintf(b, "\n### %s\n\nA%s:\n\n```\n%s\n```\n\nTexts found:\n\n", e.Name, of, strings.TrimRight(e.In, "\n"))
	if len(e.Texts) == 0 {
		b.WriteString("none\n")
	}
	for _, text := range e.Texts {
		fmt.Fprintf(b, "- `%s`\n", text)
	}
	fmt.Fprintf(b, "\nWith all detectors it becomes:\n\n```\n%s\n```\n", strings.TrimRight(e.Out, "\n"))
}
