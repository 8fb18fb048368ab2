package redteam

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// How an object is written. A patch names its content type.
const (
	get       = "GET"
	post      = "POST"
	put       = "PUT"
	remove    = "DELETE"
	merge     = "PATCH application/merge-patch+json"
	jsonPatch = "PATCH application/json-patch+json"
	strategic = "PATCH application/strategic-merge-patch+json"
	apply     = "PATCH application/apply-patch+yaml"
)

// answer is what the API server says to a request.
type answer struct {
	code     int
	body     string
	warnings []string
}

// ok is true if the request was admitted.
func (a answer) ok() bool { return a.code >= 200 && a.code < 300 }

// message is the reason of a refusal, or the whole body.
func (a answer) message() string {
	var status struct{ Message string }
	if err := json.Unmarshal([]byte(a.body), &status); err != nil || status.Message == "" {
		return a.body
	}
	return status.Message
}

// decode reads the object of an answer.
func (a answer) decode(t *testing.T, object any) {
	t.Helper()
	if !a.ok() {
		t.Fatalf("%d: %s", a.code, a.message())
	}
	if err := json.Unmarshal([]byte(a.body), object); err != nil {
		t.Fatal(err)
	}
}

// call sends a request as a person. body is an object, or its text in YAML or JSON.
func (w *world) call(t *testing.T, who person, method, path string, body any) answer {
	t.Helper()
	return w.callAs(t, who, "", method, path, body)
}

// callAs sends a request as a person who impersonates a user.
func (w *world) callAs(t *testing.T, who person, user, method, path string, body any) answer {
	t.Helper()
	method, contentType, _ := strings.Cut(method, " ")
	if contentType == "" {
		contentType = "application/json"
	}
	request, err := http.NewRequestWithContext(context.WithoutCancel(t.Context()), method, w.server+path, strings.NewReader(encode(t, body)))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	if user != "" {
		request.Header.Set("Impersonate-User", user)
		if strings.HasPrefix(user, "system:node:") {
			request.Header.Set("Impersonate-Group", "system:nodes")
		}
	}
	w.mu.Lock()
	client := w.clients[who]
	w.mu.Unlock()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, string(content), response.Header.Values("Warning")}
}

func encode(t *testing.T, body any) string {
	t.Helper()
	switch body := body.(type) {
	case nil:
		return ""
	case string:
		text, err := yaml.YAMLToJSON([]byte(body))
		if err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		return string(text)
	default:
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
}

// must sends a request that has to be admitted.
func (w *world) must(t *testing.T, who person, method, path string, body any) answer {
	t.Helper()
	a := w.call(t, who, method, path, body)
	if !a.ok() {
		t.Fatalf("%s %s as %s: %d: %s", method, path, who, a.code, a.message())
	}
	return a
}

// refusedWith returns an error unless the request was refused with all the texts.
func (a answer) refusedWith(texts ...string) error {
	if a.ok() {
		return fmt.Errorf("was admitted (%d, warnings %q)", a.code, a.warnings)
	}
	var missing []error
	for _, text := range texts {
		if !strings.Contains(a.message(), text) {
			missing = append(missing, fmt.Errorf("%q is missing in the refusal: %d: %s", text, a.code, a.message()))
		}
	}
	return errors.Join(missing...)
}

// refusedAlone returns an error unless the request was refused while no manager runs: by the baseline, or because a webhook has no answer.
func (a answer) refusedAlone() error {
	if err := a.refusedWith(); err != nil {
		return err
	}
	if strings.Contains(a.message(), "chaperone floor") || strings.Contains(a.message(), "failed calling webhook") {
		return nil
	}
	return fmt.Errorf("was refused for another reason: %d: %s", a.code, a.message())
}

// refuses returns an attack of one request, which must be refused with the texts.
func refuses(who person, method, path string, body any, texts ...string) func(*testing.T, *world) error {
	return func(t *testing.T, w *world) error {
		a := w.call(t, who, method, path, body)
		if w.down {
			return a.refusedAlone()
		}
		return a.refusedWith(texts...)
	}
}

// admits returns the opposite of an attack: a lawful neighbor of what is refused. It is not tried while no manager runs.
func admits(who person, method, path string, body any) func(*testing.T, *world) error {
	return func(t *testing.T, w *world) error {
		if w.down {
			return nil
		}
		if a := w.call(t, who, method, path, body); !a.ok() {
			return fmt.Errorf("a lawful request was refused: %d: %s", a.code, a.message())
		}
		return nil
	}
}

// all returns an attack of several steps, each of which must be held.
func all(steps ...func(*testing.T, *world) error) func(*testing.T, *world) error {
	return func(t *testing.T, w *world) error {
		var errs []error
		for _, step := range steps {
			errs = append(errs, step(t, w))
		}
		return errors.Join(errs...)
	}
}
