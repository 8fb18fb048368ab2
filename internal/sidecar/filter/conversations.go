package filter

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
)

// maxOnce is how long a statement stands for the whole conversation, where the shape says that one is enough. Who comes back on another day
// learns again that no human answers, also where an app never ends a conversation.
const maxOnce = 24 * time.Hour

// Conversations remembers when the sidecar last gave the statement in each conversation, so that it gives it once, or again after some
// hours. Where requests repeat the conversation, they carry neither times nor an ID. Clients can send one in the header Chaperone-Conversation; for
// all others, the history up to the statement stands for it. Conversations keeps hashes of the IDs, in memory only, in about 200 KiB. A conversation that it forgets
// gets the statement again. It is safe for concurrent use.
type Conversations struct {
	now func() time.Time

	mu sync.Mutex
	// shownAt has the time of the last statement of each conversation. mu guards it.
	shownAt recent[time.Time]
	// seenAt has the time at which a history that shows the statement was first seen, by transform.Request.ShownBy. mu guards it.
	seenAt recent[time.Time]
	// spoken has the language that the person speaks in each conversation of a messaging service, as a BCP 47 tag. mu guards it.
	spoken recent[string]
	// asked has the language in which the person has asked what the chatbot is, in conversations of a messaging service in which the chatbot has
	// not answered since; 0 for none. mu guards it.
	asked recent[int]
	// ahead has the messages that wait until a messaging service has got the statement.
	ahead *queues
}

// NewConversations returns a Conversations that remembers nothing yet. now is its clock.
func NewConversations(now func() time.Time) *Conversations {
	return &Conversations{now: now, shownAt: newRecent[time.Time](), seenAt: newRecent[time.Time](), spoken: newRecent[string](), asked: newRecent[int](), ahead: newQueues()}
}

// identifyStatement notes what identifies the conversation in which the statement is shown: the session, if the shape says that the first
// answer of it is enough, and otherwise the header Chaperone-Conversation.
func identifyStatement(sc *exchange.Scope, r *http.Request) {
	sc.StatementKey = sc.Conversation
	switch {
	case isOfChannel(sc.Route):
		sc.PathSession, sc.PathBefore = findPathSession(sc.Route, r), findPathBefore(sc.Route, r)
		sc.StatementKey = identifyShown(sc)
	case sc.Route.Format.DisclosesOnce():
		sc.PathSession = findPathSession(sc.Route, r)
		sc.StatementKey = identify(sc, r)
	}
}

// isOfChannel reports whether the requests of the route are those of a messaging service to the app, or of the app to the service.
func isOfChannel(rt *exchange.Route) bool { return rt.AnswersElsewhere || rt.Use == shape.UseReply }

// identifyPerson returns what identifies the conversation with a person on a messaging service, or "". It is the same in both directions:
// the shape stands for the service.
func identifyPerson(sc *exchange.Scope) string {
	id := cmp.Or(sc.PathSession, sc.Request.Session)
	if id == "" {
		return ""
	}
	return identifyChat(sc.Route, id)
}

// identifyShown returns what identifies the conversation in which a statement is shown on a messaging service, or "". Numbers of conversations
// can be the same in two accounts, which the path tells apart. The language of the person does not depend on it: messages of people do not
// have the path.
func identifyShown(sc *exchange.Scope) string {
	key := identifyPerson(sc)
	if key == "" || sc.PathBefore == "" || sc.Route.Use != shape.UseReply {
		return key
	}
	return key + " " + sc.PathBefore
}

// identifyChat returns what identifies the conversation with the ID on a messaging service.
func identifyChat(rt *exchange.Route, id string) string { return rt.API + " " + foldAddress(id) }

// addressSigns are the signs with which people and programs write the same telephone number in different ways.
var addressSigns = strings.NewReplacer("+", "", " ", "", "(", "", ")", "", ".", "")

// foldAddress returns the telephone number in an ID without the signs around its digits: WhatsApp takes a number with and without a plus
// sign. Other IDs stay as they are.
func foldAddress(id string) string {
	number := id[strings.LastIndexByte(id, ':')+1:]
	digits := addressSigns.Replace(cutFraction(number))
	isNumber := digits != "" && strings.Trim(digits, "0123456789-") == "" && !strings.HasPrefix(digits, "-")
	if !isNumber {
		return id
	}
	return strings.TrimSuffix(id, number) + strings.ReplaceAll(digits, "-", "")
}

// cutFraction returns a number without a fraction that is zero: some services read `5.0` as 5, and none as 50.
func cutFraction(number string) string {
	integer, fraction, _ := strings.Cut(number, ".")
	if strings.Trim(fraction, "0") == "" {
		return integer
	}
	return number
}

// isDue reports whether the answer of the exchange must carry the statement. It must if no earlier answer in the request's history shows
// the statement, even if the sidecar remembers the conversation ID: clients use an ID for several conversations. If the history shows the
// statement, it is due again when repeatHours have passed since the conversation last got it, or when that time is unknown. Without an ID, that
// time is when a history with this statement first came: other conversations can begin with the same words, and the statement comes early then. It is
// never due again if repeatHours is 0.
//
// Where the shape says that the first answer is enough, the memory decides alone: the statement is due if there is no ID, or if the
// conversation did not get it in the last repeatHours or in maxOnce.
func (c *Conversations) isDue(sc *exchange.Scope, repeatHours int) bool {
	again := time.Duration(repeatHours) * time.Hour
	switch isOnce := sc.Route.Format.DisclosesOnce() || isOfChannel(sc.Route); {
	case isOnce && sc.StatementKey == "", !isOnce && !sc.Request.Disclosed:
		return true
	case isOnce && (again == 0 || again > maxOnce):
		again = maxOnce
	case again == 0:
		return false
	case sc.StatementKey == "":
		return c.isLongSeen(sc.Request.ShownBy, again)
	}
	c.mu.Lock()
	last, found := c.shownAt.get(sc.StatementKey)
	c.mu.Unlock()
	return !found || c.now().Sub(last) >= again
}

// isLongSeen reports whether a history that shows the statement was first seen so long ago. It notes the time if it is seen now.
func (c *Conversations) isLongSeen(shownBy uint64, ago time.Duration) bool {
	key := strconv.FormatUint(shownBy, 36)
	c.mu.Lock()
	defer c.mu.Unlock()
	seen, found := c.seenAt.get(key)
	if !found {
		c.seenAt.put(key, c.now())
		return false
	}
	return c.now().Sub(seen) >= ago
}

// NoteObserved stores the present time for the conversation of an exchange that passed unchanged, and whose answer governing would have shown
// with the statement.
func (c *Conversations) NoteObserved(sc *exchange.Scope) {
	if sc.StatementKey != "" && sc.Passed.Disclosed && (sc.Route.Format.DisclosesOnce() || isOfChannel(sc.Route)) {
		c.note(sc.StatementKey)
	}
}

// remember stores the present time for the conversation of an exchange whose answer showed the statement. It ignores other exchanges and
// those without a conversation ID.
func (c *Conversations) remember(sc *exchange.Scope) {
	if sc.StatementKey != "" && sc.Disclosed {
		c.note(sc.StatementKey)
	}
	if person := identifyPerson(sc); sc.Request.Asked > 0 && sc.Disclosed && isOfChannel(sc.Route) && sc.StatementKey == person {
		_ = c.takeAsked(person) // The answer has told the person.
	}
}

// note stores the present time for a conversation in which the statement was shown.
func (c *Conversations) note(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.shownAt.put(key, c.now())
}

// noteLanguage stores the language of the person in a conversation. It ignores a language or a conversation that is not known.
func (c *Conversations) noteLanguage(key, tag string) {
	if key == "" || tag == "" || len(tag) > maxAcceptLanguage {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.spoken.put(key, tag)
}

// noteAsked notes that the person has asked what the chatbot is. It ignores a conversation that is not known.
func (c *Conversations) noteAsked(key string, asked int) {
	if key == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked.put(key, asked)
}

// takeAsked returns what noteAsked has noted, and forgets it.
func (c *Conversations) takeAsked(key string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	asked, _ := c.asked.get(key)
	if asked > 0 {
		c.asked.put(key, 0)
	}
	return asked
}

// findLanguage returns the language of the person in a conversation, or "".
func (c *Conversations) findLanguage(key string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	tag, _ := c.spoken.get(key)
	return tag
}
