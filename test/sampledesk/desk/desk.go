// Package desk is a small web server that stands in for the desk where people take over from a chatbot. It is for tests only.
// The product does not define the format of a handoff yet, and the sidecar of this version sends none, so the desk takes any JSON
// object with a reason. It retains the ids of the last handoffs in memory, and nothing of their content. It does not log.
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
	// Path receives handoffs.
	Path = "/handoff"
	// ListPath lists the ids of the received handoffs.
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

// Handler returns a desk that retains the ids of the last handoffs, at least one: POST at Path, GET at ListPath and /healthz.
func Handler(keep int) http.Handler {
	d := &desk{keep: max(keep, 1), ids: []string{}}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Path, d.receive)
	mux.HandleFunc("GET "+ListPath, func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, d.list()) })
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
		refuse(w, http.StatusBadRequest, "the body is incomplete")
	case !hasReason(body):
		refuse(w, http.StatusBadRequest, `a handoff is a JSON object with a string "reason"`)
	default:
		writeJSON(w, http.StatusAccepted, Receipt{ID: d.add()})
	}
}

// hasReason reports whether a body is one JSON object with a string "reason".
func hasReason(body []byte) bool {
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
	writeJSON(w, status, map[string]string{"error": why})
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The error means that the client has gone.
	_ = json.NewEncoder(w).Encode(body)
}
