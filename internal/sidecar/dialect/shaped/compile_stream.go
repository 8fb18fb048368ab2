package shaped

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
)

// Compile makes a dialect of a shape that shape.Load has returned.
func Compile(s *shape.Shape) (*Format, error) {
	framing := newFraming(&s.Stream)
	f := &Format{
		framing: framing, done: cmp.Or(s.Stream.Done, framing.end), fields: s.Request.Fields, files: s.Request.Files, documents: s.Request.Documents,
		repeats: s.Request.Repeats,
		texts:   s.Answer.Texts, xml: s.Answer.XML,
		answerType: s.Answer.MediaType, beats: s.Stream.Beats, disclosesOnce: s.Request.DisclosesOnce, statement: s.Request.Statement,
	}
	names := slices.Sorted(maps.Keys(s.Stream.Flushes))
	request, err := compileDocument(s, s.Request.Places, requestSubject, nil)
	if err != nil {
		return nil, fmt.Errorf("request: %w", err)
	}
	answer, err := compileDocument(s, s.Answer.Places, answerSubject, nil)
	if err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	event, err := compileDocument(s, s.Stream.Places, eventSubject, names)
	if err != nil {
		return nil, fmt.Errorf("stream: %w", err)
	}
	event.addStream(&s.Stream)
	answer.addNeeds(&s.Answer)
	if s.Stream.Name != "" {
		f.nameKey = strings.TrimPrefix(s.Stream.Name, "$.")
		event.markNames(f.nameKey)
	}
	f.request, f.answer, f.event = request.document, answer.document, event.document
	for _, d := range []*document{f.request, f.answer, f.event} {
		d.summarize()
	}
	failure := *answer.document
	failure.needsFault = ""
	f.failure = &failure
	f.needsFault = s.Stream.NeedsFault
	return f, f.compileTemplates(s, names)
}

// markNames marks the places with the name of the event, which is the top member with the key. A case of the event, such as [type=delta],
// says its value already, so the place needs no list of values to be read as a name.
func (c *compiler) markNames(key string) {
	for i := range c.rows {
		r := &c.rows[i]
		member := strings.TrimPrefix(r.selector, "$.")
		if strings.HasPrefix(r.selector, "$[") {
			_, member, _ = strings.Cut(r.selector, "].")
		}
		if member == key {
			r.isName, r.hasKeyword = true, true
		}
	}
}

// addNeeds marks the places of which an answer has one.
func (c *compiler) addNeeds(d *shape.Document) {
	c.needsFault = d.NeedsFault
	for i := range c.rows {
		c.rows[i].isNeeded = slices.Contains(d.Needs, c.rows[i].selector)
		c.rows[i].namesConversation = slices.Contains(d.Conversation, c.rows[i].selector)
		c.namesConversations = c.namesConversations || c.rows[i].namesConversation
	}
}

// addStream marks the places that only events have.
func (c *compiler) addStream(s *shape.Stream) {
	c.traceableDepth = s.TraceableDepth
	c.endsByUnits = s.IsSocket() && !slices.ContainsFunc(s.Places, func(p shape.Place) bool { return len(p.Last) > 0 })
	var calls string
	var units []string
	for i := range s.Places {
		p := &s.Places[i]
		c.noteTraits(p)
		if p.Is == shape.Block || p.Is == shape.Message {
			units = append(units, p.At...)
		}
		for _, selector := range p.At {
			if p.Is == shape.Call && strings.HasSuffix(selector, "[*]") {
				calls = selector
			}
		}
	}
	c.callArrays = strings.Count(calls, "[*]")
	c.markRows(calls, s)
	c.markLists(units)
	c.markForms()
	c.markRevised()
	c.markParts()
	if s.Type != "" {
		c.typeField = c.nodes[s.Type].Field
	}
}

// noteTraits notes what kinds of places the event has.
func (c *compiler) noteTraits(p *shape.Place) {
	c.hasTextUnits = c.hasTextUnits || p.Grows == shape.GrowsRestated
	c.hasBlocks = c.hasBlocks || p.Is == shape.Block
	c.saysContinued = c.saysContinued || len(p.Continues) > 0
}

// markRows marks the places inside of the list of tool calls, those that events need, and those that name the conversation. It notes
// whether an index or a key tells messages or blocks apart. Tool calls can have indexes of their own, but no keys.
func (c *compiler) markRows(calls string, s *shape.Stream) {
	for i := range c.rows {
		r := &c.rows[i]
		r.isNeeded, r.namesConversation = slices.Contains(s.Needs, r.selector), slices.Contains(s.Conversation, r.selector)
		c.namesConversations = c.namesConversations || r.namesConversation
		r.isInCall = calls != "" && strings.HasPrefix(r.selector, calls)
		c.hasUnitIndex = c.hasUnitIndex || r.operation == index && !r.isInCall
		c.hasUnitKey = c.hasUnitKey || r.operation == key
	}
}

// markLists marks the places in lists inside of messages or blocks, of which units are the selectors.
func (c *compiler) markLists(units []string) {
	for i := range c.rows {
		r := &c.rows[i]
		for _, unit := range units {
			inside, isInside := strings.CutPrefix(r.selector, unit)
			if isInside {
				r.lists = max(r.lists, strings.Count(inside, "[*]"))
			}
		}
	}
}

// markRevised marks the places of texts that grow by pieces at some places and say the whole text at others. Such places name one template.
// They are no texts of their own by their position in a list.
func (c *compiler) markRevised() {
	arrivals := map[int][]dialect.Arrival{}
	for i := range c.rows {
		r := &c.rows[i]
		if grows(r.arrival) && !slices.Contains(arrivals[r.flush], r.arrival) {
			arrivals[r.flush] = append(arrivals[r.flush], r.arrival)
		}
	}
	for i := range c.rows {
		r := &c.rows[i]
		r.isRevised = grows(r.arrival) && len(arrivals[r.flush]) > 1
		if r.isRevised {
			r.lists = 0
		}
		c.hasRevised = c.hasRevised || r.isRevised
	}
}

// markParts marks the places of texts that are parts of a message, if events of the stream can stand between two of them. One of the places of
// such a text says that people read it, or that programs join it.
func (c *compiler) markParts() {
	hasBetween := func(r row) bool { return r.place != nil && len(r.place.Between) > 0 }
	if !slices.ContainsFunc(c.rows, hasBetween) {
		return
	}
	isPiece := func(r *row) bool { return r.arrival == dialect.InPieces && r.operation != signed }
	var parts []int
	for i := range c.rows {
		if r := &c.rows[i]; isPiece(r) && (r.kind == dialect.Prose || r.place.Joins) {
			parts = append(parts, r.flush)
		}
	}
	for i := range c.rows {
		r := &c.rows[i]
		r.isPart = (isPiece(r) || r.arrival == dialect.Restated) && slices.Contains(parts, r.flush)
	}
}

// compileTemplates parses the templates of flushes and refusals. names lists the names of the flushes.
func (f *Format) compileTemplates(s *shape.Shape, names []string) error {
	for _, name := range names {
		t, err := shape.ParseTemplate(s.Stream.Flushes[name], shape.FlushVariables())
		if err != nil {
			return fmt.Errorf("flush %s: %w", name, err)
		}
		f.flushes = append(f.flushes, f.newEventTemplate(t))
	}
	if err := f.compileInsert(s.Stream.Insert); err != nil {
		return err
	}
	var err error
	if f.refusalBody, err = shape.ParseTemplate(s.Refusal.Body, shape.RefusalVariables()); err != nil {
		return fmt.Errorf("refusal: %w", err)
	}
	if f.refusalEvents, err = f.compileEvents(s.Refusal.Stream, shape.RefusalVariables()); err != nil {
		return fmt.Errorf("refusal: %w", err)
	}
	if err := f.compileStatement(); err != nil {
		return fmt.Errorf("statement: %w", err)
	}
	return f.compileSay(s.Say)
}

// compileSay parses the templates of answers with a text of the sidecar. say may be nil.
func (f *Format) compileSay(say *shape.Say) (err error) {
	if say == nil {
		return nil
	}
	f.saysRefusals = say.Refusals == shape.RefusalsAsAnswers
	if say.Body != "" {
		if f.sayBody, err = shape.ParseTemplate(say.Body, shape.SayVariables()); err != nil {
			return fmt.Errorf("say: %w", err)
		}
	}
	if f.sayEvents, err = f.compileEvents(say.Stream, shape.SayVariables()); err != nil {
		return fmt.Errorf("say: %w", err)
	}
	return nil
}

// compileEvents parses the templates of events, one of which may be the mark that ends a stream.
func (f *Format) compileEvents(texts, variables []string) (events []eventTemplate, err error) {
	for _, text := range texts {
		t := shape.Template{{Literal: text}}
		if text != f.done {
			if t, err = shape.ParseTemplate(text, variables); err != nil {
				return nil, err
			}
		}
		events = append(events, f.newEventTemplate(t))
	}
	return events, nil
}

// compileInsert parses the templates of the events with a statement. insert may be nil.
func (f *Format) compileInsert(insert *shape.Insert) (err error) {
	if insert == nil {
		return nil
	}
	f.insertBefore = insert.Before
	if f.insertEvents, err = f.compileEvents(insert.Events, shape.InsertVariables()); err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	return nil
}

// eventTemplate is the template of an event.
type eventTemplate struct {
	shape.Template
	// name is the name of the event; "" if it has none.
	name string
}

// newEventTemplate returns the template together with the name of the events that it makes.
func (f *Format) newEventTemplate(t shape.Template) eventTemplate {
	found := nameFinder{key: f.nameKey}
	if f.nameKey != "" {
		// The sample is JSON, unless it is the mark of the end, which has no name.
		_, _ = jsontext.Rewrite(nil, []byte(t.Sample()), nil, &found)
	}
	return eventTemplate{Template: t, name: found.name}
}

// nameFinder finds the text of a top member.
type nameFinder struct{ key, name string }

// VisitValue keeps every value.
func (*nameFinder) VisitValue(*jsontext.Place, jsontext.Kind) (bool, error) { return true, nil }

// VisitKey accepts every name.
func (*nameFinder) VisitKey(*jsontext.Place, []byte) error { return nil }

// VisitText notes the text of the member.
func (n *nameFinder) VisitText(p *jsontext.Place, dst, text []byte) ([]byte, bool, error) {
	if p.Depth == 1 && string(p.Key) == n.key {
		n.name = string(text)
	}
	return dst, false, nil
}

// VisitScalar keeps every value.
func (*nameFinder) VisitScalar(*jsontext.Place, []byte) ([]byte, error) { return nil, nil }
