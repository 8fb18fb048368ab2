package shaped

import (
	"slices"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/dialect"
	"github.com/chaperone-dev/chaperone/internal/sidecar/jsontext"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
)

// operation is what a place asks of the reader. Places that only have a kind, an arrival or JSON kinds need none.
type operation uint8

const (
	plain operation = iota
	identifier
	session
	person
	spoken
	shared
	opaque
	signed
	role
	streamed
	streamedUnlessFalse
	message
	block
	part
	call
	index
	subindex
	key
	failure
	offset
	dropped
)

// operations has the operation and the kind of text of each meaning.
var operations = map[shape.Meaning]struct {
	operation operation
	kind      dialect.Kind
}{
	"": {}, shape.Text: {}, shape.Prose: {kind: dialect.Prose}, shape.Decline: {kind: dialect.Decline},
	shape.Identifier: {identifier, dialect.Identifier}, shape.Session: {session, dialect.Identifier}, shape.Address: {session, dialect.Identifier}, shape.Person: {person, dialect.Identifier},
	shape.Phone:    {kind: dialect.Phone},
	shape.Language: {spoken, dialect.Identifier}, shape.Shared: {shared, dialect.Identifier}, shape.Role: {role, dialect.Identifier},
	shape.Opaque: {operation: opaque}, shape.Signed: {operation: signed}, shape.Streamed: {streamed, dialect.Identifier},
	shape.StreamedUnlessFalse: {streamedUnlessFalse, dialect.Identifier}, shape.Message: {operation: message}, shape.Block: {operation: block},
	shape.ContentPart: {operation: part}, shape.Call: {operation: call}, shape.Index: {operation: index},
	shape.Subindex: {operation: subindex}, shape.Offset: {operation: offset},
	shape.Key: {key, dialect.Identifier}, shape.Failure: {operation: failure}, shape.Dropped: {operation: dropped},
}

var arrivals = map[string]dialect.Arrival{
	"": dialect.Repeated, shape.GrowsAppend: dialect.InPieces, shape.GrowsRepeats: dialect.Repeated, shape.GrowsWhole: dialect.Whole,
	shape.GrowsUntraceable: dialect.Untraceable, shape.GrowsRestated: dialect.Restated, shape.GrowsCumulative: dialect.Cumulative,
	shape.GrowsEither: dialect.Cumulative,
}

var authors = map[string]dialect.Role{
	"user": dialect.RoleUser, "assistant": dialect.RoleAssistant, "system": dialect.RoleSystem, "tool": dialect.RoleTool,
}

// kinds is a set of JSON kinds, one bit for each. The empty set stands for all kinds.
type kinds uint8

// newKinds returns the set of the listed kinds. A jsontext.Kind is a number from 0 to 5, and the bit with that number stands for the kind.
// shape.Kinds lists the names in the order of the numbers.
func newKinds(names []string) (set kinds) {
	for _, name := range names {
		set |= 1 << slices.Index(shape.Kinds(), name)
	}
	return set
}

func (k kinds) match(kind jsontext.Kind) bool { return k == 0 || k&(1<<kind) != 0 }

// row describes a place. What the reader asks of most values comes first.
type row struct {
	operation operation
	// kind and arrival are the Kind and the Arrival of every segment at the place.
	kind    dialect.Kind
	arrival dialect.Arrival
	// admits are the JSON kinds that the place may hold. fault is the sentence that refuses every other kind, by the rule.
	admits kinds
	// changes are the JSON kinds that the place does not admit, or that null or 0 replaces.
	changes kinds
	// hasEffect means that a value at the place tells the reader something, or may get an element with a statement.
	hasEffect bool
	// isSpecial means that the texts at the place are not only inspected: they can be keywords, or not be inspected, or not change.
	isSpecial bool
	// hasLists means that the place lists texts that mean something.
	hasLists bool
	// hasKeyword means that readKeyword reads the texts at the place, as the place and the fields below say.
	hasKeyword bool
	// isJoined means that clients show the texts at the place, which are in a list of parts of a document or of one event, as one text.
	isJoined bool
	// namesConversation means that the text identifies the conversation that the request has begun or continued.
	namesConversation bool
	fault             string
	rule              refusal.Rule
	place             *shape.Place
	// selector is the one by which the place was found.
	selector string
	// admitsStructure means that an object or a list at the place asks for structured output.
	admitsStructure bool
	// author is the role of every message at the place, if the messages name none. roles are the texts at the place that name a role.
	author dialect.Role
	roles  keywords
	// part describes the part, at the places of a part, of its type and of its texts. textPlace is the field itself for a text of the part.
	part      *partRow
	textPlace jsontext.Field
	isType    bool
	// hasEnd means that a value at the place may end a message, a block or the stream.
	hasEnd bool
	// isName means that the text at the place is the name of the event.
	isName bool
	// isRequired means that a request has the place.
	isRequired bool
	// isWay means that the place only leads to others.
	isWay bool
	// omitsEmpty is shape.Place.OmitsEmpty, and insert the template of an element with a statement, or nil.
	omitsEmpty bool
	insert     shape.Template
	// above are the members beside a list with insert that people see above the list.
	above []string
	// recall is the template of an element with what the sidecar has said, or nil.
	recall shape.Template
	// padding is shape.Place.Padding.
	padding []byte
	// isNeeded means that an answer or event must have one of the places that are marked so.
	isNeeded bool
	// isInCall means that the place is a tool call in a list, or inside of one.
	isInCall bool
	// lists is the number of lists around the place inside of its message or block.
	lists int
	// isPart means that the texts at the place are parts of a series (dialect.Segment.Series).
	isPart bool
	// isRevised means that some places of the same text grow by pieces, and others say the whole text.
	isRevised bool
	// flush is the index, in the templates of the format, of the template for the rest of a text that arrives in pieces.
	flush int
	// isEither means that the texts at the place grow in either way (shape.GrowsEither).
	isEither bool
	// form is, for a text that can stand as a text or in parts, the identity that both forms have; nil for all others.
	form *textIdentity
}

// keyword is a text that names the role of a message, or the type of a part. For a type, textPlace is the field of the member with the text of
// the part, or noText.
type keyword struct {
	text      string
	role      dialect.Role
	textPlace jsontext.Field
}

// keywords are the known texts at a place.
type keywords []keyword

// find returns the keyword that a text is, or nil. There are few of them, so that comparing takes less time than a map.
func (k keywords) find(text []byte) *keyword {
	for i := range k {
		if k[i].text == string(text) {
			return &k[i]
		}
	}
	return nil
}

// partRow describes a part of a message.
type partRow struct {
	// level is the number of parts around the part.
	level int
	// types are the types that a part can have.
	types keywords
	// members are further members that the part may have.
	members []string
}

// noText stands for the place of the text in a part that has none.
const noText jsontext.Field = 1<<16 - 1
