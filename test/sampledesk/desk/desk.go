// Package desk is a small web server that stands in for the desk where people take over from a chatbot. It is for tests alone.
// No interface of a handoff is fixed by the product yet, and this version's sidecar sends none: the desk takes any JSON object
// that says a reason. It keeps the ids of the last handoffs and nothing of what was in them, in memory, and it logs nothing.
package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
)

const (
	// Path is where handoffs are received.
	Path = "/handoff"
	// ListPath is where the ids of received handoffs are listed.
	ListPath = "/handoffs"
)

// DefaultKeep is how many ids are kept: more than a test sends.
const DefaultKeep = 1000

// maxBody bounds a handoff, in bytes.
const maxBody = 64 << 10

// Receipt is the answer to a handoff that was received.
type Receipt struct {
	ID string `json:"id"`
}

// List is what was received.
type List struct {
	// Count is the number of all handoffs since the start.
	Count int `json:"count"`
	// IDs are those of the last handoffs, oldest first.
	IDs []string `json:"ids"`
}

// Handler returns a desk that keeps the ids of the last handoffs, at least one: POST at Path, GET at ListPath and /healthz.
func Handler(keep int) http.Handler {
	d := &desk{keep: max(keep, 1), ids: []string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Path, d.receive)
	mux.HandleFunc("GET "+ListPath, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, d.list()) })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	return mux
}

type desk struct {
	keep int

	lock  sync.Mutex
	count int
	ids   []string
}

func (d *desk) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, fmt.Sprintf("a handoff has at most %d bytes", maxBody))
	case err != nil:
		refuse(w, http.StatusBadRequest, "the body ended early")
	case !saysReason(body):
		refuse(w, http.StatusBadRequest, `a handoff is a JSON object with a string "reason"`)
	default:
		answer(w, http.StatusAccepted, Receipt{ID: d.add()})
	}
}

// saysReason tells whether a body is a JSON object, and nothing after it, with a string "reason".
func saysReason(body []byte) bool {
	var handoff map[string]any
	if err := json.Unmarshal(body, &handoff); err != nil {
		return false
	}
	_, ok := handoff["reason"].(string)
	return ok
}

// add counts a handoff and returns its id.
func (d *desk) add() string {
	d.lock.Lock()
	defer d.lock.Unlock()
	d.count++
	id := fmt.Sprintf("handoff-%d", d.count)
	d.ids = append(d.ids, id)
	d.ids = d.ids[max(0, len(d.ids)-d.keep):]
	return id
}

func (d *desk) list() List {
	d.lock.Lock()
	defer d.lock.Unlock()
	return List{Count: d.count, IDs: slices.Clone(d.ids)}
}

func refuse(w http.ResponseWriter, status int, why string) {
	answer(w, status, map[string]string{"error": why})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A client that has gone needs no answer.
	_ = json.NewEncoder(w).Encode(body)
}
