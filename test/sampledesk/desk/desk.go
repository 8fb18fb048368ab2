// Package desk is a small web server that stands in for the desk where people take over from a chatbot. It is for tests only, and speaks what
// docs/handover.md describes. It takes any JSON object with a reason. It retains the ids of the last handoffs and what the humans at the desk say
// in memory, and nothing of what people write. It does not log.
package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

const (
	// Path receives handoffs.
	Path = "/handoff"
	// ListPath lists the ids of the received handoffs. Below it, each handoff has a resource with its id.
	ListPath = "/handoffs"
)

// DefaultKeep is how many ids the desk retains: more than a test sends.
const DefaultKeep = 1000

// maxBody bounds a handoff, in bytes.
const maxBody = 64 << 10

// Receipt is the response to a handoff.
type Receipt struct {
	ID string `json:"id"`
}

// List is what the desk has received.
type List struct {
	// Count is the number of handoffs since the start.
	Count int `json:"count"`
	// IDs are those of the last handoffs, oldest first.
	IDs []string `json:"ids"`
}

// Progress is the resource of a handoff.
type Progress struct {
	AcceptedAt *time.Time `json:"acceptedAt,omitempty"`
	EndedAt    *time.Time `json:"endedAt,omitempty"`
	Answers    []Answer   `json:"answers"`
	// Messages is the number of messages of the person since the handoff.
	Messages int `json:"messages"`
}

// Answer is a text of a human at the desk.
type Answer struct {
	ID   string `json:"id"`
	Text string `json:"text"`
}

// Handler returns a desk that retains the ids of the last handoffs, at least one: POST at Path, GET at ListPath and /healthz, GET and POST at the
// resource of each handoff. Its humans use PUT at `accept`, `say` and `end` below the resource.
func Handler(keep int) http.Handler {
	d := &desk{keep: max(keep, 1), ids: []string{}, cases: map[string]*Progress{}, byKey: map[string]string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Path, d.receive)
	mux.HandleFunc("GET "+ListPath, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, d.list()) })
	mux.HandleFunc("GET "+ListPath+"/{id}", d.change(func(*Progress, string) {}))
	mux.HandleFunc("POST "+ListPath+"/{id}", d.change(func(p *Progress, _ string) { p.Messages++ }))
	mux.HandleFunc("PUT "+ListPath+"/{id}/accept", d.change(func(p *Progress, _ string) { p.AcceptedAt = now() }))
	mux.HandleFunc("PUT "+ListPath+"/{id}/end", d.change(func(p *Progress, _ string) { p.EndedAt = now() }))
	mux.HandleFunc("PUT "+ListPath+"/{id}/say", d.change(func(p *Progress, text string) {
		p.Answers = append(p.Answers, Answer{ID: strconv.Itoa(len(p.Answers) + 1), Text: text})
	}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	return mux
}

func now() *time.Time {
	at := time.Now().UTC()
	return &at
}

type desk struct {
	keep int

	lock  sync.Mutex
	count int
	ids   []string
	// cases has the resource of each id, and byKey the id of each handoff that names one of its own.
	cases map[string]*Progress
	byKey map[string]string
}

func (d *desk) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	var handoff struct {
		ID     string  `json:"id"`
		Reason *string `json:"reason"`
	}
	switch {
	case errors.As(err, &tooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("a handoff has at most %d bytes", maxBody))
	case err != nil:
		refuse(w, http.StatusBadRequest, "the body is incomplete")
	case json.Unmarshal(body, &handoff) != nil || handoff.Reason == nil:
		refuse(w, http.StatusBadRequest, `a handoff is a JSON object with a string "reason"`)
	default:
		id := d.add(handoff.ID)
		w.Header().Set("Location", ListPath+"/"+id)
		writeJSON(w, http.StatusAccepted, Receipt{ID: id})
	}
}

// add counts a handoff, unless one with the same key has arrived before, and returns its id.
func (d *desk) add(key string) string {
	d.lock.Lock()
	defer d.lock.Unlock()
	if id, isKnown := d.byKey[key]; isKnown {
		return id
	}
	d.count++
	id := fmt.Sprintf("handoff-%d", d.count)
	d.ids = append(d.ids, id)
	d.cases[id] = &Progress{Answers: []Answer{}}
	if key != "" {
		d.byKey[key] = id
	}
	for len(d.ids) > d.keep {
		delete(d.cases, d.ids[0])
		d.ids = d.ids[1:]
	}
	return id
}

// change returns what changes the resource of a handoff, with the body as a text, and responds with it: with the answers after the one that the
// parameter `after` names.
func (d *desk) change(change func(p *Progress, text string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			refuse(w, http.StatusBadRequest, "the body is incomplete")
			return
		}
		d.lock.Lock()
		defer d.lock.Unlock()
		found := d.cases[r.PathValue("id")]
		if found == nil {
			refuse(w, http.StatusNotFound, "there is no such handoff")
			return
		}
		change(found, string(text))
		shown := *found
		after := slices.IndexFunc(found.Answers, func(a Answer) bool { return a.ID == r.URL.Query().Get("after") })
		shown.Answers = found.Answers[after+1:]
		writeJSON(w, http.StatusOK, shown)
	}
}

func (d *desk) list() List {
	d.lock.Lock()
	defer d.lock.Unlock()
	return List{Count: d.count, IDs: slices.Clone(d.ids)}
}

func refuse(w http.ResponseWriter, status int, why string) {
	writeJSON(w, status, map[string]string{"error": why})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The error means that the client has gone.
	_ = json.NewEncoder(w).Encode(body)
}
