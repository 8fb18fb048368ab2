package shape

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

var mediaType = regexp.MustCompile(`^[a-z]+/[a-z0-9.+-]+$`)

// documentCheck checks the places of one document.
type documentCheck struct {
	*faults
	// of is the kind of the document, and at the key at which it stands.
	of, at  string
	flushes map[string]string
	// places maps each selector to its place.
	places map[string]*Place
	// discriminators maps selectors of objects to the names of the members that tell their cases apart.
	discriminators map[string]string
}

// checkDocument checks the places of a document. of is its kind, and at is the key of the shape that has it. flushes are the templates that
// its places can name.
func checkDocument(f *faults, of, at string, d Document, flushes map[string]string) {
	c := documentCheck{faults: f, of: of, at: at, flushes: flushes, places: map[string]*Place{}, discriminators: map[string]string{}}
	c.checkFields(at, d)
	for i := range d.Places {
		c.checkPlace(fmt.Sprintf("%s.places[%d]", at, i), &d.Places[i])
	}
	if len(c.places) > maxPlaces {
		c.add(at+".places", fmt.Sprintf("they have %d selectors", len(c.places)), fmt.Sprintf("Use at most %d.", maxPlaces))
	}
	c.checkNeeds(at, d)
	c.checkConversation(at, d)
	c.checkMediaType(at, d)
	c.checkForms(at, d)
	c.checkRecalled(at, d)
	c.checkStatement(at+".statement", d)
	units := c.list(Message, Block)
	// A document that only some routes have can be about something else than messages.
	if isNamed := of != at; len(units) == 0 && (!isNamed || of == OfStream) {
		c.add(at+".places", "no place is a message", "Say with `is: message` where one begins.")
	}
	if of == OfStream {
		c.checkUnits(units)
	}
}

// checkMediaType checks the media type of answers or streams.
func (c *documentCheck) checkMediaType(at string, d Document) {
	if d.MediaType != "" && (c.of == OfRequest || !mediaType.MatchString(d.MediaType)) {
		c.add(at+".mediaType", fmt.Sprintf("%q is not a media type of answers", d.MediaType),
			"Write it in lower case and without parameters, such as text/plain, and at an answer or stream.")
	}
}

// checkNeeds checks the list of members of which an answer or event must have one.
func (c *documentCheck) checkNeeds(at string, d Document) {
	for i, selector := range d.Needs {
		if c.places[selector] == nil {
			c.add(fmt.Sprintf("%s.needs[%d]", at, i), fmt.Sprintf("%q is not a place of the %s", selector, c.of), "List it in "+at+".places.")
		}
	}
	if c.of == OfRequest && len(d.Needs) > 0 {
		c.add(at+".needs", "a request has none", "Remove it.")
	}
	if len(d.Needs) > 0 {
		c.checkFilled(at+".needsFault", d.NeedsFault)
	}
}

// checkConversation checks the list of members that identify the conversation. A request has places for that.
func (c *documentCheck) checkConversation(at string, d Document) {
	for i, selector := range d.Conversation {
		if c.places[selector] == nil {
			c.add(fmt.Sprintf("%s.conversation[%d]", at, i), fmt.Sprintf("%q is not a place of the %s", selector, c.of), "List it in "+at+".places.")
		}
	}
	if c.of == OfRequest && len(d.Conversation) > 0 {
		c.add(at+".conversation", "a request names its conversation otherwise", "Give the place the meaning session.")
	}
}

// checkFields checks where the fields of a request are.
func (c *documentCheck) checkFields(at string, d Document) {
	if d.Fields != "" {
		c.checkOneOf(at+".fields", d.Fields, fieldPlaces())
	}
	if d.Fields != "" && c.of != OfRequest {
		c.add(at+".fields", "only a request is written otherwise than in JSON", "Remove it.")
	}
	if d.DisclosesOnce && (c.of != OfRequest || d.Repeats) {
		c.add(at+".disclosesOnce", "only a request that names its conversation, and does not repeat it, has a first answer to remember", "Remove it.")
	}
	if len(d.Documents) > 0 && d.Fields == "" {
		c.add(at+".documents", "only fields have JSON in their text", "Remove it, or write where the fields are.")
	}
	if len(d.Files) > 0 && d.Fields != FieldsInParts {
		c.add(at+".files", "only a multipart body has files", "Remove it, or write `fields: multipart`.")
	}
}

// list returns the selectors of the places with one of the meanings, sorted.
func (c *documentCheck) list(wanted ...Meaning) []string {
	var selectors []string
	for _, selector := range slices.Sorted(maps.Keys(c.places)) {
		if slices.Contains(wanted, c.places[selector].Is) {
			selectors = append(selectors, selector)
		}
	}
	return selectors
}

// checkPlace checks one place by itself.
func (c *documentCheck) checkPlace(where string, p *Place) {
	if len(p.At) == 0 {
		c.add(where+".at", "it is empty", "Name at least one selector.")
	}
	for _, selector := range p.At {
		steps, err := ParseSelector(selector)
		if err != nil {
			c.add(where+".at", err.Error(), "Correct the selector.")
		}
		c.checkCases(where+".at", steps)
		if c.places[selector] != nil {
			c.add(where+".at", fmt.Sprintf("%q is listed twice in the document", selector), "Say all about it in one place.")
		}
		c.places[selector] = p
	}
	c.checkMeaning(where, p)
	c.checkSentence(where+".fault", "kinds", len(p.Kinds), p.Fault)
	c.checkSentence(where+".valuesFault", "values", len(p.Values), p.ValuesFault)
	c.checkNames(where, p)
	for _, kind := range p.Kinds {
		c.checkOneOf(where+".kinds", kind, Kinds())
	}
	for _, value := range slices.Sorted(maps.Keys(p.Roles)) {
		c.checkOneOf(where+".roles."+value, p.Roles[value], roles())
	}
	if p.Author != "" {
		c.checkOneOf(where+".author", p.Author, roles())
	}
	c.checkGrowth(where, p)
	c.checkPart(where, p)
	c.checkRecall(where, p)
}

// checkNames checks the keys of places that name a conversation or a person.
func (c *documentCheck) checkNames(where string, p *Place) {
	if len(p.Unnamed) > 0 && p.Is != Session && p.Is != Person {
		c.add(where+".unnamed", "the place is no session and no person", "Remove it, or write `is: session` or `is: person`.")
	}
	c.addIf(p.InPath && (p.Is != Session || c.of != OfRequest), where+".inPath", "the place is no session of a request", "Remove it, or write `is: session`.")
}

// checkMeaning checks that the meaning can stand in the document, and that the keys that belong to a meaning stand there only.
func (c *documentCheck) checkMeaning(where string, p *Place) {
	if p.Is != "" && !slices.Contains(meanings[p.Is], c.of) {
		c.checkOneOf(where+".is", string(p.Is), c.listMeanings())
	}
	c.checkBelongs(where+".roles", len(p.Roles) > 0, p.Is == Role, "is: role")
	c.checkBelongs(where+".part", p.Part != nil, p.Is == ContentPart, "is: part")
	isIdentifier := p.Is == Identifier || p.Is == Session
	c.addIf(len(p.Asks) > 0 && p.Is != Streamed, where+".asks", "the place does not ask for a stream", "Remove it, or write `is: streamed`.")
	c.addIf(len(p.SetsUp) > 0 && c.of != OfRequest, where+".setsUp", "the place is not in a frame of a client", "Remove it.")
	c.addIf(len(p.Endings) > 0 && !isIdentifier, where+".endings", "the place is no identifier", "Remove it, or write `is: identifier` or `is: session`.")
	c.addIf(slices.Contains(p.Endings, ""), where+".endings", "an ending is empty", "Remove it.")
	c.addIf(p.Author != "" && p.Is != Message, where+".author", "the place is not a message", "Remove it, or write `is: message`.")
	c.checkDocumentKeys(where, p)
}

// listMeanings lists the meanings that can stand in the document, sorted.
func (c *documentCheck) listMeanings() (list []string) {
	for meaning, documents := range meanings {
		if slices.Contains(documents, c.of) {
			list = append(list, string(meaning))
		}
	}
	slices.Sort(list)
	return list
}

// checkDocumentKeys checks that the place has no key that only another kind of document has.
func (c *documentCheck) checkDocumentKeys(where string, p *Place) {
	if p.Plain != nil && c.of != OfRequest {
		c.add(where+".plain", "only a request asks for structured output", "Remove it.")
	}
	if p.Insert != "" {
		c.checkInserted(where, p)
	}
	c.addIf((p.SkipsEmpty || p.Silent != nil || p.Capacity != 0) && (c.of != OfAnswer || p.Insert == ""), where,
		"it has skipsEmpty, silent or capacity, and is not a list of an answer with insert", "Remove them.")
	if p.Required {
		c.checkRequired(where, p)
	}
	if p.joinsList(c.of) {
		c.checkJoins(where, p)
	}
	c.checkStreamKeys(where, p)
}

// checkStreamKeys checks the keys that only places of a stream have.
func (c *documentCheck) checkStreamKeys(where string, p *Place) {
	c.addIf(p.Padding != "" && (p.Flush == "" || utf8.RuneCountInString(p.Padding) != 1), where+".padding",
		fmt.Sprintf("%q is not one character, or the text at the place does not grow", p.Padding), "Write one character, at a place with a flush.")
	isList := c.of == OfAnswer && p.Insert != ""
	c.addIf(p.Restates && !isList && (p.Is != Prose || p.Grows != GrowsWhole), where+".restates",
		"the text at the place is not one that people read and that is whole, nor the place a list with insert in an answer",
		"Write is: prose and grows: whole, or insert.")
	c.addIf(c.of != OfStream && (p.hasStreamKey() || p.Restates && !isList), where, "it has keys that only places of a stream have",
		"Remove grows, flush, padding, restates, omitsEmpty, ends, closes, opens, continues, between and last.")
}

// hasStreamKey reports whether the place has a key that only places of a stream have.
func (p *Place) hasStreamKey() bool {
	return p.OmitsEmpty || p.Padding+p.Grows+p.Flush != "" || len(p.Ends)+len(p.Closes)+len(p.Opens)+len(p.Continues)+len(p.Between)+len(p.Last) > 0
}

// checkRequired checks that the place is a member.
func (c *documentCheck) checkRequired(where string, p *Place) {
	isElement := func(selector string) bool { return strings.Contains(selector, "*") }
	if c.of != OfRequest || slices.ContainsFunc(p.At, isElement) {
		c.add(where+".required", "the place is not a member of a request", "Remove it.")
	}
}

// joinsList reports whether programs join the texts of a list at the place. Texts in pieces are parts of a message, which checkBetween checks.
func (p *Place) joinsList(of string) bool {
	return p.Joins && (of != OfStream || p.Grows != GrowsAppend)
}

// checkJoins checks that the place has texts of the elements of a list.
func (c *documentCheck) checkJoins(where string, p *Place) {
	isMember := func(selector string) bool {
		list, member := strings.LastIndex(selector, "[*]"), strings.LastIndex(selector, ".")
		return 0 <= list && list < member && !strings.HasSuffix(selector, "*")
	}
	isText := p.Is == "" || p.Is == Text || p.Is == Prose
	isWhole := c.of != OfStream || p.Grows == GrowsWhole || p.Grows == GrowsCumulative
	if !isText || !isWhole || slices.ContainsFunc(p.At, func(selector string) bool { return !isMember(selector) }) {
		c.add(where+".joins", "the place is not a text that is a member of the elements of a list, and whole",
			"Select a member of the elements, such as parts[*].text, in a stream with `grows: whole` or `grows: cumulative`, or remove it.")
	}
}

// checkInserted checks the element that holds a statement.
func (c *documentCheck) checkInserted(where string, p *Place) {
	if c.of == OfRequest || !slices.Contains(p.Kinds, "array") {
		c.add(where+".insert", "the place is not a list of an answer or event", "Write `kinds: [array]`, or remove it.")
	}
	if !checkInsertTemplate(c.faults, where+".insert", p.Insert) {
		c.add(where+".insert", "it has no ${text}", "Put the statement into it.")
	}
	if p.Silent != nil {
		checkCondition(c.faults, where+".silent", p.Silent)
	}
	c.addIf(p.Capacity < 0 || p.Capacity == 1, where+".capacity", "the list has no room for the statement and an element", "Write at least 2.")
}

// checkBelongs adds a fault unless the key is there exactly if it belongs there.
func (c *documentCheck) checkBelongs(where string, isThere, belongs bool, condition string) {
	switch {
	case isThere && !belongs:
		c.add(where, "it stands at a place without `"+condition+"`", "Remove it.")
	case belongs && !isThere:
		c.add(where, "it is missing at a place with `"+condition+"`", "Add it.")
	}
}

// checkSentence checks that a list and the sentence of its refusal are there together.
func (c *documentCheck) checkSentence(where, list string, count int, sentence string) {
	if (count > 0) != (sentence != "") {
		c.add(where, "the list "+list+" and the sentence of its refusal are not there together", "Write both or neither.")
	}
	if sentence != "" && !strings.HasSuffix(sentence, ".") {
		c.add(where, fmt.Sprintf("%q is not a sentence", sentence), "End it with a full stop.")
	}
}

// checkGrowth checks how a text grows, and the template of its rest.
func (c *documentCheck) checkGrowth(where string, p *Place) {
	if p.Grows != "" {
		c.checkOneOf(where+".grows", p.Grows, growths())
	}
	c.checkBelongs(where+".flush", p.Flush != "", p.growsByEvents() || p.Grows == GrowsRestated, "grows: append")
	if p.Flush != "" {
		c.checkOneOf(where+".flush", p.Flush, slices.Sorted(maps.Keys(c.flushes)))
	}
}

// checkPart checks that a place with a part selects the elements of a list, and that the part names its type and its texts.
func (c *documentCheck) checkPart(where string, p *Place) {
	if p.Part == nil {
		return
	}
	for _, selector := range p.At {
		if !strings.HasSuffix(selector, "[*]") {
			c.add(where+".at", fmt.Sprintf("%q is not an element of a list", selector), "End it with [*].")
		}
	}
	c.checkFilled(where+".part.type", p.Part.Type)
	if len(p.Part.Texts) == 0 {
		c.add(where+".part.texts", "it is empty", "List the keywords that are admitted, each with the member that holds the text.")
	}
}

// checkCalls checks that at most one list holds tool calls. In a stream, an index in the list tells the calls apart.
func (c *documentCheck) checkCalls() {
	lists := slices.DeleteFunc(c.list(Call), func(selector string) bool { return !strings.HasSuffix(selector, "[*]") })
	if len(lists) > 1 {
		c.add(c.at+".places", "several lists hold tool calls: "+strings.Join(lists, ", "), "Keep one.")
	}
}

// checkCases checks that the same member tells all cases of an object apart, such as `type` in `[type=text]` and `[type=image]`.
func (c *documentCheck) checkCases(where string, steps []Step) {
	object, known := "", ""
	for _, step := range steps {
		if step.Kind != ToCase {
			object, known = object+fmt.Sprintf(" %d.%s", step.Kind, step.Name), ""
			continue
		}
		if known == "" {
			known = c.discriminators[object]
		}
		if known != "" && known != step.Name {
			c.add(where, fmt.Sprintf("the members %q and %q tell the cases of one object apart", known, step.Name), "Name one member.")
		}
		c.discriminators[object] = step.Name
		object, known = object+fmt.Sprintf(" %s=%s", step.Name, step.Text), step.Name
	}
}
