package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

const chatPath = "/v1/chat/completions"

// secret is what a customer types and what must reach neither the chatbot nor the customer again.
const secret = "ada@shop.example"

// answer is what a client got.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends one chat message over a connection of its own.
func ask(ctx context.Context, url, message string, stream bool) (answer, error) {
	body, err := json.Marshal(map[string]any{
		"model": "sample", "stream": stream, "messages": []map[string]string{{"role": "user", "content": message}},
	})
	if err != nil {
		return answer{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(string(body)))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, body: string(text)}, err
}

// governed returns an error when an answer did not come through a sidecar that did its work: the disclosure is missing or the
// secret was not taken out.
func (a answer) governed() error {
	if a.header.Get("Chaperone-Disclosure") == "" {
		return fmt.Errorf("status %d without a disclosure: %s", a.status, a.body)
	}
	if strings.Contains(a.body, secret) {
		return fmt.Errorf("status %d with what the customer typed: %s", a.status, a.body)
	}
	return nil
}

// chat asks once and must get a governed answer.
func chat(t *testing.T, url string) {
	t.Helper()
	eventually(t, "chat at "+url, func() error {
		got, err := ask(t.Context(), url, "My mail is "+secret, false)
		if err != nil {
			return err
		}
		if got.status != http.StatusOK {
			return fmt.Errorf("status %d: %s", got.status, got.body)
		}
		if err := got.governed(); err != nil {
			t.Error(err)
		}
		if !strings.Contains(got.body, "[redacted:email]") {
			t.Errorf("the chatbot did not answer: %s", got.body)
		}
		return nil
	})
}

// traffic is what happened to the chats of a load.
type traffic struct {
	answered int
	// failed are chats without an answer of 200, ungoverned those that passed a sidecar unread.
	failed, ungoverned []string
}

// load chats all the time, from a few clients, until stop is called.
func load(t *testing.T, url string) (stop func() traffic) {
	t.Helper()
	const clients = 3
	ctx, cancel := context.WithCancel(t.Context())
	var mu sync.Mutex
	var seen traffic
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for ctx.Err() == nil {
				got, err := askOnce(t.Context(), url)
				mu.Lock()
				seen.note(got, err)
				mu.Unlock()
				// A person needs a moment to type.
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	return func() traffic {
		cancel()
		group.Wait()
		return seen
	}
}

// askOnce is not bound to the end of the load: a chat that has begun is finished.
func askOnce(ctx context.Context, url string) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return ask(ctx, url, "My mail is "+secret, false)
}

func (s *traffic) note(got answer, err error) {
	switch {
	case err != nil:
		s.failed = append(s.failed, err.Error())
	case got.status != http.StatusOK:
		s.failed = append(s.failed, fmt.Sprintf("status %d: %s", got.status, got.body))
	default:
		s.answered++
	}
	if err == nil && got.status == http.StatusOK {
		if err := got.governed(); err != nil {
			s.ungoverned = append(s.ungoverned, err.Error())
		}
	}
}

// allGoverned reports what no load may ever show, and one that was too small to show anything.
func (s *traffic) allGoverned(t *testing.T) {
	t.Helper()
	t.Logf("%d chats answered, %d without an answer", s.answered, len(s.failed))
	if s.answered < 20 {
		t.Errorf("only %d chats were answered, so this shows nothing: %q", s.answered, s.failed)
	}
	if len(s.ungoverned) > 0 {
		t.Errorf("%d chats passed unread, the first: %s", len(s.ungoverned), s.ungoverned[0])
	}
}

func (s *traffic) noneFailed(t *testing.T) {
	t.Helper()
	if len(s.failed) > 0 {
		t.Errorf("%d chats failed, the first: %s", len(s.failed), s.failed[0])
	}
}
