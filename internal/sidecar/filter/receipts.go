package filter

import (
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/receipt"
	"github.com/chaperone-dev/chaperone/internal/sidecar/refusal"
	"github.com/chaperone-dev/chaperone/internal/sidecar/signature"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// headerReceipt carries a receipt of consent in a response, and in the next request of the conversation.
const headerReceipt = "Chaperone-Consent-Receipt"

// topicRecording is the bit of receipt.Receipt.Topics for the recording of the conversation.
const topicRecording = 1

// Receipts issues and checks receipts of consent with a key that all replicas of the chatbot share. It is safe for concurrent use. A nil
// Receipts issues none and ignores those of clients.
type Receipts struct {
	chatbot string
	version receipt.Version
	keys    *signature.Secrets
	findUID func() string
	voids   *Voids
	now     func() time.Time
	log     *slog.Logger
	// warn logs once that there is no usable key.
	warn sync.Once
}

// ReceiptOptions are what Receipts need of the server. All are required.
type ReceiptOptions struct {
	// Keys has the key in the file contract.SidecarReceiptKey.
	Keys *signature.Secrets
	// FindUID returns the UID of the declaration, or "".
	FindUID func() string
	Voids   *Voids
	Now     func() time.Time
	Log     *slog.Logger
}

// NewReceipts returns the Receipts of a configuration, or nil if it names no key.
func NewReceipts(config sidecarconfig.Config, v *Voice, o ReceiptOptions) *Receipts {
	if config.Consent == nil || config.Consent.ReceiptKey == "" {
		return nil
	}
	return &Receipts{
		chatbot: config.Chatbot, version: v.version,
		keys: o.Keys, findUID: o.FindUID, voids: o.Voids, now: o.Now, log: o.Log,
	}
}

// find returns the receipt of a request, or nil if it has none that holds, or why the request is refused. The ID is that of identifyForReceipt.
func (rs *Receipts) find(sc *exchange.Scope, id string) (*receipt.Receipt, *refusal.Refusal) {
	switch {
	case rs == nil || len(sc.Receipts) == 0:
		return nil, nil
	case len(sc.Receipts) > 1 || id == "":
		return nil, refusal.New(refusal.ReceiptInvalid)
	}
	keys := rs.readKeys()
	if keys == nil {
		return nil, nil // Nothing can be said of the receipt, so the person is asked.
	}
	now := rs.now()
	found, err := receipt.Open(sc.Receipts[0], rs.newScope(sc, id), keys, rs.version, now)
	switch {
	case errors.Is(err, receipt.ErrForged):
		return nil, refusal.New(refusal.ReceiptInvalid)
	case err != nil, rs.voids.isVoid(id, found.Issued):
		return nil, nil
	}
	return &found, nil
}

// issue sets a receipt in the header of a response, if the person has agreed in the exchange. shown is the receipt of the request, or nil. The
// ID is that of identifyForReceipt.
func (rs *Receipts) issue(h http.Header, sc *exchange.Scope, id string, shown *receipt.Receipt) {
	if rs == nil || id == "" || !sc.HasConsent {
		return
	}
	now := rs.now()
	next := receipt.Receipt{Topics: topicRecording, Version: rs.version, Given: now, Issued: now}
	if shown != nil {
		next.Given = shown.Given
	}
	keys := rs.readKeys()
	if keys == nil || now.Sub(next.Given) >= receipt.MaxAge {
		return
	}
	token := receipt.Seal(next, rs.newScope(sc, id), keys[0])
	h[headerReceipt] = []string{token}
	sc.ReceiptDigest = receipt.Digest(token)
}

// void has the receipts of a conversation that were issued until now hold no more. The ID may be "".
func (rs *Receipts) void(id string) {
	if rs != nil && id != "" {
		rs.voids.add(id, rs.now())
	}
}

func (rs *Receipts) newScope(sc *exchange.Scope, id string) receipt.Scope {
	return receipt.Scope{Chatbot: rs.chatbot, UID: rs.findUID(), Conversation: id, Person: sc.Request.Person}
}

// readKeys returns the key and, for a while after it was replaced, the one before it. It returns nil if the key is missing or short.
func (rs *Receipts) readKeys() [][]byte {
	keys, err := rs.keys.Read(contract.SidecarReceiptKey)
	if err == nil && len(keys[0]) < receipt.MinKeyBytes {
		err = errors.New("the key is shorter than 32 bytes")
	}
	if err != nil {
		rs.warn.Do(func() { rs.log.Error("Issuing no receipts of consent", "error", err.Error()) })
		return nil
	}
	return keys
}

// identifyForReceipt returns what identifies the conversation of a turn in its receipts, or "". Where requests repeat the conversation it is
// the header Chaperone-Conversation. A messaging service gets no receipts.
func identifyForReceipt(sc *exchange.Scope, r *http.Request) string {
	if sc.Route.AnswersElsewhere {
		return ""
	}
	id := identifyAnywhere(sc)
	if id == "" && sc.Conversation != "" {
		id = sc.Route.Name + " " + sc.Conversation
	}
	if id == "" {
		return ""
	}
	return findConversationPath(sc, r) + " " + id
}

// Voids remembers, in memory only, the conversations in which people have taken back their consent. When it forgets one too early, it takes no
// receipts of any conversation from before that. It is safe for concurrent use.
type Voids struct {
	mu sync.Mutex
	// at has the time of the last withdrawal in a conversation, and before is the time until which all receipts are void. mu guards both.
	at     recent[time.Time]
	before time.Time
}

// NewVoids returns Voids that remember nothing yet.
func NewVoids() *Voids { return &Voids{at: newRecent[time.Time]()} }

func (v *Voids) add(id string, at time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if forgotten := v.at.put(id, at); forgotten.After(v.before) {
		v.before = forgotten
	}
}

// isVoid reports whether a receipt that was issued at the time, in whole seconds, holds no more. One of the same second is void.
func (v *Voids) isVoid(id string, issued time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	at, _ := v.at.get(id)
	return !issued.After(at) || !issued.After(v.before)
}
