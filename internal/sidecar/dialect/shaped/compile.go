package shaped

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// document describes a kind of document: how its places are nested, what each place holds, and how the sidecar refuses it.
type document struct {
	*subject
	tree *jsontext.Tree
	rows []row
	// names lists, for isSecondSpelling, the names of the known members of each known object.
	names [][][]byte
	// title names the API in refusals.
	title string
	// hasMessages means that at least one place is that of a message.
	hasMessages bool
	// required is the number of members that every request has.
	required int
	// hasAnswers means that the author of a message can be the chatbot.
	hasAnswers bool
	// hasSession means that requests name the conversation.
	hasSession bool
	// hasPerson means that requests name the person.
	hasPerson bool
	// namesConversations means that a place of an answer or event identifies the conversation.
	namesConversations bool
	// streamsByDefault means that a request that does not say so asks for a stream.
	streamsByDefault bool
	// typeField is the place of the text that tells events of different types apart, or 0.
	typeField jsontext.Field
	// hasUnitIndex and hasUnitKey mean that an index, or a key, tells the messages or blocks apart. hasBlocks means that they are blocks of
	// one message.
	hasUnitIndex, hasUnitKey, hasBlocks bool
	// saysContinued means that a value tells whether an event goes on with a text.
	saysContinued bool
	// hasTextUnits means that events restate texts, so that each text of a stream ends by itself and is a unit.
	hasTextUnits bool
	// hasRevised means that there are texts of which events have a piece or the whole.
	hasRevised bool
	// endsByUnits means that an answer in a socket ends when all of its messages or blocks have ended for good, because no event is the last one.
	endsByUnits bool
	// callArrays is the number of arrays around the elements of the list of tool calls, with that list.
	callArrays int
	// needsFault is the sentence that refuses an answer without any place that is needed; "" if none is.
	needsFault string
	// traceableDepth is shape.Stream.TraceableDepth.
	traceableDepth int
	// isSocket means that the document is a frame of the app in a socket.
	isSocket bool
}

// subject is how the sidecar speaks of a kind of document.
type subject struct {
	// name begins sentences.
	name string
	// malformed is the rule for documents that are not strict JSON. malformedRemedy says what to do.
	malformed       refusal.Rule
	malformedRemedy string
	// misshapen is the rule for strict JSON that is not a document of this kind.
	misshapen refusal.Rule
	// unreadable is the rule that refuses a part that is not text. unreadableFault is the sentence of that refusal.
	unreadable      refusal.Rule
	unreadableFault string
}

const (
	hasOtherPart   = "The answer contains a part that is not text."
	sendStrictJSON = "The developer of the chatbot or model service must send strict JSON: UTF-8, without duplicate member names and without data after the end."
)

var (
	requestSubject = &subject{
		name: "The body", malformed: refusal.BodyMalformed, malformedRemedy: refusal.New(refusal.BodyMalformed).Remedy,
		misshapen: refusal.BodyShape, unreadable: refusal.PartUnreadable, unreadableFault: "A message contains a part that is not text.",
	}
	answerSubject = &subject{
		name: "The answer", malformed: refusal.AnswerMalformed, malformedRemedy: sendStrictJSON,
		misshapen: refusal.AnswerMalformed, unreadable: refusal.AnswerUnreadable, unreadableFault: hasOtherPart,
	}
	eventSubject = &subject{
		name: "An event of the answer", malformed: refusal.AnswerMalformed, malformedRemedy: sendStrictJSON,
		misshapen: refusal.AnswerMalformed, unreadable: refusal.AnswerUnreadable, unreadableFault: hasOtherPart,
	}
)

// compiler makes a document of the places of a shape.
type compiler struct {
	*document
	// root is the node of the whole document.
	root *jsontext.Node
	// nodes maps the selectors of places to nodes.
	nodes map[string]*jsontext.Node
	// messages are the selectors of the messages, or of the blocks of a stream.
	messages [][]shape.Step
}

// compileDocument returns the compiler of the document that the places describe. flushes lists the names of the templates.
func compileDocument(s *shape.Shape, places []shape.Place, about *subject, flushes []string) (*compiler, error) {
	c := &compiler{
		document: &document{subject: about, title: s.Title},
		root:     &jsontext.Node{},
		nodes:    map[string]*jsontext.Node{},
	}
	// The row of all places without a field.
	c.isSocket = about == eventSubject && s.Stream.IsSocket()
	c.rows = []row{{arrival: c.findArrival("")}}
	c.nodes["$"] = c.root
	c.messages = parseMessages(places)
	// Selectors that end in .** fill the places that no other selector names, so they come last.
	for _, fills := range []bool{false, true} {
		if err := c.addPlaces(places, flushes, fills); err != nil {
			return nil, err
		}
	}
	fillCases(c.root, map[*jsontext.Node]bool{})
	if err := c.addParts(places); err != nil {
		return nil, err
	}
	if about == eventSubject {
		c.addWay(c.root)
	}
	if len(c.rows) > maxRows {
		return nil, fmt.Errorf("compile places: they need %d rows: use at most %d", len(c.rows), maxRows)
	}
	c.names = make([][][]byte, len(c.rows))
	c.addNames(c.root, map[*jsontext.Node]bool{})
	c.tree = jsontext.NewTree(c.root)
	return c, nil
}

// addPlaces adds the places whose selectors end in .** if fills is true, and else all others. Of the selectors that end in .**, one that stands
// below another comes first.
func (c *compiler) addPlaces(places []shape.Place, flushes []string, fills bool) error {
	var selectors []string
	placeOf := map[string]*shape.Place{}
	for i := range places {
		for _, selector := range places[i].At {
			if strings.HasSuffix(selector, ".**") == fills {
				selectors = append(selectors, selector)
				placeOf[selector] = &places[i]
			}
		}
	}
	if fills {
		slices.SortStableFunc(selectors, func(a, b string) int { return len(b) - len(a) })
	}
	for _, selector := range selectors {
		if err := c.addPlace(selector, placeOf[selector], flushes); err != nil {
			return err
		}
	}
	return nil
}

// notePlace notes what a place says about the whole document.
func (c *compiler) notePlace(o operation, p *shape.Place) {
	c.hasMessages = c.hasMessages || o == message
	c.hasAnswers = c.hasAnswers || p.Author == "assistant" || slices.Contains(slices.Collect(maps.Values(p.Roles)), "assistant")
	c.hasSession = c.hasSession || o == session
	c.hasPerson = c.hasPerson || o == person
	c.streamsByDefault = c.streamsByDefault || o == streamedUnlessFalse
}

// addPlace adds the row of a place, and the nodes that lead to it.
func (c *compiler) addPlace(selector string, p *shape.Place, flushes []string) error {
	steps, err := shape.ParseSelector(selector)
	if err != nil {
		return fmt.Errorf("compile place: %w", err)
	}
	from, node, err := c.lead(steps)
	if err != nil {
		return fmt.Errorf("compile place %q: %w", selector, err)
	}
	if node.Field != 0 {
		return fmt.Errorf("compile place %q: another selector leads there", selector)
	}
	r, err := c.newRow(selector, p, flushes)
	if err != nil {
		return fmt.Errorf("compile place %q: %w", selector, err)
	}
	r.isJoined = c.isJoined(&r, steps)
	c.notePlace(r.operation, p)
	if r.operation == offset {
		node.Substitute = "0"
	}
	node.Field = jsontext.Field(len(c.rows))
	c.rows = append(c.rows, r)
	c.nodes[selector] = node
	if p.Required {
		c.required++
	}
	if len(steps) > 0 && steps[len(steps)-1].Kind == shape.ToAll {
		fillBelow(from, node)
	}
	return nil
}

// newRow returns the row of a place.
func (c *compiler) newRow(selector string, p *shape.Place, flushes []string) (row, error) {
	does := operations[p.Is]
	r := row{
		operation: does.operation, kind: does.kind, arrival: c.findArrival(p.Grows), admits: newKinds(p.Kinds), fault: p.Fault, rule: c.misshapen,
		place: p, selector: selector, omitsEmpty: p.OmitsEmpty, padding: []byte(p.Padding), isRequired: p.Required, author: authors[p.Author],
		flush: slices.Index(flushes, p.Flush),
	}
	for _, text := range slices.Sorted(maps.Keys(p.Roles)) {
		r.roles = append(r.roles, keyword{text: text, role: authors[p.Roles[text]]})
	}
	r.isEither = p.Grows == shape.GrowsEither
	r.hasEnd = len(p.Ends)+len(p.Closes)+len(p.Opens)+len(p.Continues)+len(p.Between)+len(p.Last) > 0
	r.hasLists = len(p.Values)+len(p.Calls)+len(p.Asks)+len(p.SetsUp) > 0 || p.Plain != nil
	r.hasKeyword = r.hasLists || slices.Contains([]operation{role, session, person, spoken}, does.operation)
	// An empty list of texts that stand for plain text: an object or a list at the place asks for structured output.
	r.admitsStructure = p.Plain != nil && len(p.Plain) == 0
	if does.operation == key {
		// Each key is inspected by itself: clients do not join keys to one text.
		r.arrival = dialect.Whole
	}
	if p.Unreadable {
		r.rule = c.unreadable
	}
	return r, r.parseTemplates()
}

// parseTemplates parses the templates of the place.
func (r *row) parseTemplates() (err error) {
	if r.place.Insert != "" {
		r.insert, err = shape.ParseTemplate(r.place.Insert, shape.InsertVariables())
	}
	if err == nil && r.place.Recall != nil {
		r.recall, err = shape.ParseTemplate(r.place.Recall.Element, shape.RecallVariables())
	}
	return err
}

// findArrival returns the arrival of texts that grow as a shape says. The events of a socket stand for themselves, so each text in them is
// whole unless the shape says otherwise.
func (c *compiler) findArrival(grows string) dialect.Arrival {
	if grows == "" && c.isSocket {
		return dialect.Whole
	}
	return arrivals[grows]
}

// addNames adds the names of the members of a node, and of all nodes below it, to c.names. The sidecar refuses a second spelling of these
// names, such as Messages for messages. addNames leaves out the names of identifiers and opaque values, because a second spelling of
// them does no harm: the sidecar inspects it as it inspects every unknown member. It also leaves out the members of objects that are no
// places, because many different objects have no place.
func (c *compiler) addNames(n *jsontext.Node, done map[*jsontext.Node]bool) {
	if n == nil || done[n] {
		return
	}
	done[n] = true
	c.addNames(n.Elements, done)
	for _, chosen := range n.Cases {
		c.addNames(chosen, done)
	}
	for name, member := range n.Members {
		if n.Field != 0 && !c.isHarmless(member.Field) {
			c.names[n.Field] = append(c.names[n.Field], []byte(name))
		}
		c.addNames(member, done)
	}
}

// isHarmless reports whether a second spelling of the name of a member does no harm.
func (c *compiler) isHarmless(field jsontext.Field) bool {
	r := &c.rows[field]
	isPassive := r.operation == identifier || r.operation == shared || r.operation == opaque
	return isPassive && !r.hasKeyword && !r.hasEnd
}
