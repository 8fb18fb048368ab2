package filter

import (
	"bytes"
	"sync"
	"time"

	"github.com/chaperone-dev/chaperone/internal/sidecar/exchange"
	"github.com/chaperone-dev/chaperone/internal/sidecar/receipt"
	"github.com/chaperone-dev/chaperone/internal/sidecar/transform"
)

const (
	// maxHeldBytes bounds the messages that Consents holds, all together, and maxHeldMessage each of them: a few pages of text.
	maxHeldBytes   = 2 << 20
	maxHeldMessage = 32 << 10
	// maxHeldTime is how long a message is held. A person who answers later has left the conversation, and its message should not stay in
	// memory.
	maxHeldTime = 15 * time.Minute
)

// Message is a message of a person as it goes to the app, with its Content-Type and the name of its route in the shape.
type Message struct {
	Body        []byte
	Type, Route string
	Request     transform.Request
	// IsNew means that the sidecar has just named the conversation (exchange.Scope.NewSession), so that the app does not know it.
	IsNew bool
	// HasReceipt means that the request shows a receipt of consent that holds.
	HasReceipt bool
}

// leave returns the message as the app gets it: without the name of a conversation that the app does not know, so that the app begins one.
// The name is random, so that it stands nowhere else in the message.
func (m Message) leave(state consentState) Message {
	if state.isNew && m.Request.Session != "" {
		m.Body = bytes.ReplaceAll(m.Body, []byte(m.Request.Session), nil)
	}
	return m
}

// Consents remembers, in memory only, what people answered to the question for consent in conversations with an ID, and the message that
// waits for the answer. A conversation that it forgets is asked again. It is safe for concurrent use.
type Consents struct {
	*consentTable
	// version is that of the question, so that an answer to another question counts for nothing.
	version receipt.Version
}

// consentTable is what the Consents of several configurations share.
type consentTable struct {
	now func() time.Time

	mu sync.Mutex
	// states has the conversations in which people were asked, and heldBytes the size of the messages in it. mu guards both.
	states    recent[consentState]
	heldBytes int
}

// consentState is what is known of a conversation.
type consentState struct {
	phase consentPhase
	// held is the message to which the sidecar has said the question, or nil. since is when it did so.
	held  *Message
	since time.Time
	// isNew means that the sidecar has named the conversation, so that the app does not know it.
	isNew bool
}

// consentPhase is how far a conversation is.
type consentPhase uint8

const (
	// phaseNew: the person was not asked, or has said no.
	phaseNew consentPhase = iota
	// phaseObserved: the person would have been asked.
	phaseObserved
	phaseAsked
	phaseGiven
)

// NewConsents returns a Consents that remembers nothing yet. now is its clock.
func NewConsents(now func() time.Time) *Consents {
	return &Consents{consentTable: &consentTable{now: now, states: newRecent[consentState]()}}
}

// about returns the Consents for the questions of the version.
func (c *Consents) about(v receipt.Version) *Consents { return &Consents{c.consentTable, v} }

// decision is what becomes of a message.
type decision uint8

const (
	// decideAsk: the person has to be asked.
	decideAsk decision = iota
	// decideRefused: the person has just said no.
	decideRefused
	// decideGiven: the person has consented.
	decideGiven
	// decideWithdrawn: the person has just taken the consent back.
	decideWithdrawn
)

// decide says what becomes of a message in the conversation with the ID, which is "" if nothing identifies the conversation. next is the
// message that goes on if the person has consented: the held one in place of a bare yes, unless the request repeats the conversation or
// belongs to another route.
func (c *Consents) decide(id string, m Message) (next Message, what decision) {
	c.mu.Lock()
	defer c.mu.Unlock()
	said, known := m.Request.Consent, c.find(id)
	hasGiven := m.HasReceipt || known.phase == phaseGiven
	if end := findEnd(said, known.phase == phaseAsked, hasGiven); end != decideAsk {
		c.store(id, consentState{isNew: known.isNew})
		return m, end
	}
	switch {
	case said.IsGiven, hasGiven:
		c.store(id, consentState{phase: phaseGiven, isNew: known.isNew})
		return m.leave(known), decideGiven
	case said.Last == transform.ReplyYes && known.phase == phaseAsked:
		c.store(id, consentState{phase: phaseGiven, isNew: known.isNew})
		if c.isHeld(known) && !said.HasAnswer && known.held.Route == m.Route {
			m = *known.held
		}
		return m.leave(known), decideGiven
	}
	c.ask(id, known, m)
	return m, decideAsk
}

// findEnd returns decideWithdrawn or decideRefused for a message that takes the consent back or refuses it, and decideAsk for all others.
// wasAsked and hasGiven are what is known besides the history.
func findEnd(said transform.Consent, wasAsked, hasGiven bool) decision {
	switch {
	case said.Last == transform.ReplyWithdraw && (said.WasGiven || hasGiven):
		return decideWithdrawn
	case isRefusal(said.Last) && (said.FollowsQuestion || wasAsked):
		return decideRefused
	}
	return decideAsk
}

// isRefusal reports whether a reply to the question refuses.
func isRefusal(r transform.Reply) bool { return r == transform.ReplyNo || r == transform.ReplyWithdraw }

// forget has the person asked again in the conversation with the ID, which may be "".
func (c *Consents) forget(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.find(id).phase == phaseGiven {
		c.store(id, consentState{})
	}
}

// ask notes that the person is asked. The first message stays held, because what follows it is about the question, such as a mistyped yes.
func (c *Consents) ask(id string, known consentState, m Message) {
	if known.phase == phaseAsked && c.isHeld(known) {
		return
	}
	state := consentState{phase: phaseAsked, isNew: known.isNew || m.IsNew}
	if m.Request.Consent.Last == transform.ReplyOther {
		state.held, state.since = &m, c.now()
	}
	c.store(id, state)
}

// isHeld reports whether a message of the conversation still waits.
func (c *Consents) isHeld(state consentState) bool {
	return state.held != nil && c.now().Sub(state.since) < maxHeldTime
}

// noteGiven notes that the person has consented in the conversation with the ID, on whichever path, if the scope says so. Requests that are no
// turns have other paths than the turns.
func (c *Consents) noteGiven(sc *exchange.Scope, id string) {
	if !sc.HasConsent || id == "" {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.store(id, consentState{phase: phaseGiven})
}

// isGiven reports whether the person has consented in the conversation with the ID, which may be "".
func (c *Consents) isGiven(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.find(id).phase == phaseGiven
}

// isFirst reports whether the conversation with the ID has not been seen before. It is for exchanges that pass unchanged.
func (c *Consents) isFirst(id string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.find(id).phase != phaseNew {
		return false
	}
	c.store(id, consentState{phase: phaseObserved})
	return true
}

// find returns what is known of a conversation. The caller holds c.mu.
func (c *Consents) find(id string) consentState {
	if id == "" {
		return consentState{}
	}
	state, _ := c.states.get(c.keyOf(id))
	return state
}

// store stores what is known of a conversation. It holds no message if there is no room for it. The caller holds c.mu.
func (c *Consents) store(id string, state consentState) {
	if id == "" {
		return
	}
	c.heldBytes -= countHeld(c.find(id))
	if size := countHeld(state); size > maxHeldMessage || !c.makeRoom(size) {
		state.held = nil
	}
	c.heldBytes += countHeld(state)
	c.heldBytes -= countHeld(c.states.put(c.keyOf(id), state))
}

// keyOf returns the key of a conversation in the table.
func (c *Consents) keyOf(id string) string { return string(c.version[:]) + id }

// makeRoom reports whether there is room for a message of the size. It drops the messages that were held for too long.
func (c *Consents) makeRoom(size int) bool {
	if c.heldBytes+size <= maxHeldBytes {
		return true
	}
	for key, state := range c.states.values {
		if state.held != nil && c.now().Sub(state.since) >= maxHeldTime {
			c.heldBytes -= countHeld(state)
			state.held = nil
			c.states.values[key] = state
		}
	}
	return c.heldBytes+size <= maxHeldBytes
}

// countHeld returns how much memory the held message takes.
func countHeld(state consentState) int {
	if state.held == nil {
		return 0
	}
	return cap(state.held.Body)
}
