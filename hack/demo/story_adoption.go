package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// storyOfAdoption returns the steps that bring a chatbot that runs already from Audit over Warn to Deny. A customer chats all the time, and
// no chat may be lost. They are a part of storyOnNode.
func storyOfAdoption() []step {
	return []step{
		{"A chatbot runs, and nothing governs it; from now on a customer chats all the time", startAdopted},
		{"It is declared with Audit: everything passes unchanged, and the status says what has to be repaired", observeAdopted},
		{"Warn: the chat is governed, other paths still pass", warnAdopted},
		{"Deny: other paths are refused, the app's port is closed; no chat was lost on the way", denyAdopted},
	}
}

// otherPath is a path that the declaration does not have.
const otherPath = "/healthz"

func startAdopted(ctx context.Context, s *stage) error {
	if _, err := s.applySample(ctx, "hack/demo/manifests/adopted.yaml"); err != nil {
		return err
	}
	if _, err := s.show(ctx, "rollout", "status", "-n", "adopt", "deployment/adopted-bot", "--timeout=90s"); err != nil {
		return err
	}
	address, err := s.kubectl(ctx, "get", "service", "adopted-bot", "-n", "adopt", "-o", "jsonpath={.spec.clusterIP}")
	if err != nil {
		return err
	}
	s.adopted = "http://" + address
	if err := waitFor(ctx, "a chat", func() error { return s.checkAdopted(ctx, true, http.StatusOK) }); err != nil {
		return err
	}
	s.load = startLoad(ctx, s)
	return nil
}

func observeAdopted(ctx context.Context, s *stage) error {
	if err := s.declareAdopted(ctx); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"rollout", "restart", "-n", "adopt", "deployment/adopted-bot"},
		{"rollout", "status", "-n", "adopt", "deployment/adopted-bot", "--timeout=120s"},
		{"wait", "--for=condition=WorkloadsGoverned", "--timeout=90s", "-n", "adopt", "cbd/adopted"},
		{"wait", "--for=condition=ServicesGoverned=False", "--timeout=90s", "-n", "adopt", "cbd/adopted"},
	} {
		if _, err := s.show(ctx, args...); err != nil {
			return err
		}
	}
	if err := s.repairService(ctx); err != nil {
		return err
	}
	if err := waitFor(ctx, "an exchange that passes unchanged through a sidecar", func() error { return s.checkObserved(ctx) }); err != nil {
		return err
	}
	return s.checkAdopted(ctx, true, http.StatusOK)
}

// declareAdopted declares the chatbot as config/samples/support.yaml does, with its own names and Audit.
func (s *stage) declareAdopted(ctx context.Context) error {
	sample, err := os.ReadFile(filepath.Join(s.root, "config/samples/support.yaml"))
	if err != nil {
		return err
	}
	declaration, _, _ := strings.Cut(string(sample), "\n---\n")
	declaration = strings.NewReplacer("name: support, namespace: shop", "name: adopted, namespace: adopt", "app: support-bot", "app: adopted-bot").
		Replace(declaration) + "\n  enforcement: Audit\n"
	s.say("$ kubectl apply -f -   # the declaration of config/samples/support.yaml with other names and `enforcement: Audit`")
	out, err := s.kubectlWith(ctx, declaration, "apply", "-f", "-")
	s.say("%s", out)
	return err
}

// patchCommand finds the command that a condition gives for a Service.
var patchCommand = regexp.MustCompile(`kubectl (patch service \S+ -n \S+ --type json -p) '([^']+)'`)

// repairService runs the command that the condition ServicesGoverned has.
func (s *stage) repairService(ctx context.Context) error {
	message, err := s.kubectl(ctx, "get", "cbd/adopted", "-n", "adopt", "-o", `jsonpath={.status.conditions[?(@.type=="ServicesGoverned")].message}`)
	if err != nil {
		return err
	}
	s.say("%s", message)
	command := patchCommand.FindStringSubmatch(message)
	if command == nil {
		return errors.New("the condition has no command that repairs the Service")
	}
	if _, err := s.show(ctx, append(strings.Fields(command[1]), command[2])...); err != nil {
		return err
	}
	_, err = s.show(ctx, "wait", "--for=condition=Ready", "--timeout=90s", "-n", "adopt", "cbd/adopted")
	return err
}

// checkObserved checks that `kubectl chaperone observe` shows chats that the declared wire format can read.
func (s *stage) checkObserved(ctx context.Context) error {
	args := []string{"observe", "adopted", "-n", "adopt", "--kubeconfig", s.kubeconfig}
	out, code, err := s.runProgram(ctx, "kubectl-chaperone", args...)
	if err = errors.Join(err, checkContains(out, "mode: observe", "can be read as: openai-chat", "would show the statement", "would be redacted in requests: email")); err != nil {
		return fmt.Errorf("exit code %d: %w: %s", code, err, out)
	}
	s.say("$ kubectl chaperone observe adopted -n adopt\n%s", out)
	return nil
}

func warnAdopted(ctx context.Context, s *stage) error {
	return s.enforceAdopted(ctx, "Warn", http.StatusOK)
}

func denyAdopted(ctx context.Context, s *stage) error {
	if err := s.enforceAdopted(ctx, "Deny", http.StatusNotFound); err != nil {
		return err
	}
	if _, err := s.show(ctx, "get", "networkpolicies", "-n", "adopt"); err != nil {
		return err
	}
	if _, err := s.kubectl(ctx, "get", "networkpolicy/chaperone-adopted", "-n", "adopt"); err != nil {
		return err
	}
	if _, err := s.show(ctx, "wait", "--for=condition=Ready", "--timeout=90s", "-n", "adopt", "cbd/adopted"); err != nil {
		return err
	}
	return s.load.finish(s)
}

// enforceAdopted sets the enforcement, and waits until chats are governed and the other path has the status. The kubelet takes up to a
// minute to bring the configuration to the sidecars.
func (s *stage) enforceAdopted(ctx context.Context, enforcement string, otherStatus int) error {
	patch := fmt.Sprintf(`{"spec":{"enforcement":%q}}`, enforcement)
	if _, err := s.show(ctx, "patch", "-n", "adopt", "cbd/adopted", "--type=merge", "-p", patch); err != nil {
		return err
	}
	// Two replicas answer in turn, and each has to have the configuration.
	return waitFor(ctx, "the enforcement "+enforcement+" in both sidecars", func() error {
		for range 10 {
			if err := s.checkAdopted(ctx, false, otherStatus); err != nil {
				return err
			}
		}
		s.say("A chat has the disclosure and no personal data; %s has the status %d.", otherPath, otherStatus)
		return nil
	})
}

// checkAdopted checks whether a chat passes unchanged or is governed, and which status the other path has.
func (s *stage) checkAdopted(ctx context.Context, passes bool, otherStatus int) error {
	status, body, err := s.chatWithAdopted(ctx)
	if err != nil || status != http.StatusOK {
		return fmt.Errorf("chat: status %d: %w: %s", status, err, body)
	}
	if got := strings.Contains(body, secrets[0]); got != passes {
		return fmt.Errorf("the chat passes unchanged: want %t, got %t: %s", passes, got, body)
	}
	status, body, err = s.curl(ctx, s.adopted+otherPath)
	if err != nil || status != otherStatus {
		return fmt.Errorf("%s: status %d, want %d: %w: %s", otherPath, status, otherStatus, err, body)
	}
	return nil
}

func (s *stage) chatWithAdopted(ctx context.Context) (status int, body string, err error) {
	return s.curl(ctx, "--header", "Content-Type: application/json", "--data-binary",
		`{"model":"sample","messages":[{"role":"user","content":"My mail is `+secrets[0]+`"}]}`, s.adopted+"/v1/chat/completions")
}

// curl runs curl in the node, and returns the status and the body of the response.
func (s *stage) curl(ctx context.Context, args ...string) (status int, body string, err error) {
	all := append([]string{"curl", "-sS", "--max-time", "10", "--write-out", "\n%{http_code}"}, args...)
	out, code, err := s.runProgram(ctx, "localcluster-run", all...)
	end := strings.LastIndexByte(out, '\n')
	if err != nil || code != 0 || end < 0 {
		return 0, "", fmt.Errorf("curl: exit code %d: %w: %s", code, err, out)
	}
	_, err = fmt.Sscan(out[end+1:], &status)
	return status, out[:end], err
}

// load is a customer who chats all the time.
type load struct {
	stop context.CancelFunc
	// done is closed when the last chat has ended. The counts may be read then.
	done     chan struct{}
	answered int
	lost     []error
}

// startLoad starts to chat, until finish or until the demo ends. A chat that has begun is brought to its end.
func startLoad(ctx context.Context, s *stage) *load {
	running, stop := context.WithCancel(ctx)
	l := &load{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		for running.Err() == nil {
			status, body, err := s.chatWithAdopted(ctx)
			if err != nil || status != http.StatusOK {
				l.lost = append(l.lost, fmt.Errorf("%s: status %d, %w: %s", time.Now().Format(time.TimeOnly), status, err, body))
				continue
			}
			l.answered++
		}
	}()
	return l
}

// finish ends the load. It returns an error if a chat was lost, or if there were too few to show anything.
func (l *load) finish(s *stage) error {
	l.stop()
	<-l.done
	s.say("Chats since the beginning: %d answered, %d lost", l.answered, len(l.lost))
	if l.answered < 100 {
		return fmt.Errorf("only %d chats were answered, so this shows nothing", l.answered)
	}
	return errors.Join(l.lost...)
}
