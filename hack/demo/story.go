package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// story returns the steps that the demo shows where there is no node, in order.
func story() []step {
	return []step{
		{"A compliant declaration becomes Ready", applyCompliant},
		{"Its Deployment's pod is created with the sidecar", checkInjection},
		{"A pod of a non-compliant chatbot is refused: rule, field, remedy, legal source", refusePodOfNonCompliant},
		{"A pod that could go around the sidecar is refused", refusePodAroundSidecar},
		{"Answers to requests after 90 days are refused at `kubectl apply`", refuseLateAnswers},
		{"An exception, requested by one user and approved by another, waives that until a day; the finding stays visible", approveException},
		{"A rule of the organisation is compiled before it is used", showOwnRule},
		{"What `kubectl get cbd -A` shows", listDeclarations},
		{"The same decision offline: `kubectl chaperone check`", checkOffline},
		{"The sidecar runs with the configuration that the operator rendered, in front of a chatbot", startSidecar},
		{"A plain chat: the disclosure is there, personal data is not", sendPlainChat},
		{"A streamed chat: the same, while the answer streams", sendStreamedChat},
		{"A message that cannot be read is refused, not passed on", refuseUnreadable},
	}
}

func applyCompliant(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "apply", "-f", "config/samples/support.yaml"); err != nil {
		return err
	}
	_, err := s.show(ctx, "wait", "--for=condition=Ready", "--timeout=90s", "-n", "shop", "cbd/support")
	return err
}

func checkInjection(ctx context.Context, s *stage) error {
	const columns = `jsonpath={range .items[*]}{.metadata.name}{": sidecar="}{.spec.initContainers[0].name}{" restartPolicy="}{.spec.initContainers[0].restartPolicy}{" serves port "}{.spec.initContainers[0].ports[0].name}{"="}{.spec.initContainers[0].ports[0].containerPort}{"; app keeps port "}{.spec.containers[0].ports[0].name}{"="}{.spec.containers[0].ports[0].containerPort}{"\n"}{end}`
	var out string
	err := waitFor(ctx, "a pod of the Deployment", func() (err error) {
		out, err = s.kubectl(ctx, "get", "pods", "-n", "shop", "-l", "chaperone.dev/chatbot=support", "-o", columns)
		return errors.Join(err, checkContains(out, "sidecar=chaperone restartPolicy=Always", "serves port http=23100", "app keeps port chaperone-0="))
	})
	s.say("$ kubectl get pods -n shop -l chaperone.dev/chatbot=support")
	s.say("%s", out)
	return err
}

func refusePodOfNonCompliant(ctx context.Context, s *stage) error {
	return s.showRefused(ctx, []string{"rights.responseDays", "spec.rights.responseDays", "General Data Protection Regulation", "Art. 12(3)"},
		"apply", "-f", "hack/demo/manifests/legacy-pod.yaml")
}

func refusePodAroundSidecar(ctx context.Context, s *stage) error {
	return s.showRefused(ctx, []string{"workload.host_network", "workload.image_by_digest", "spec.hostNetwork"},
		"apply", "-f", "hack/demo/manifests/around-pod.yaml")
}

func refuseLateAnswers(ctx context.Context, s *stage) error {
	return s.showRefused(ctx, []string{"rights.responseDays", "spec.rights.responseDays", "90"},
		"apply", "-f", "config/samples/late-answers-to-requests.yaml")
}

func listDeclarations(ctx context.Context, s *stage) error {
	governed := "1/1"
	if len(s.images) == 0 {
		// Without a node no pod starts, and only running pods count.
		governed = "0/1"
	}
	var out string
	err := waitFor(ctx, "both declarations in the list", func() (err error) {
		out, err = s.kubectl(ctx, "get", "cbd", "-A")
		return errors.Join(err, checkContains(out, "JURISDICTIONS", "Allow", "Deny", governed))
	})
	s.say("$ kubectl get cbd -A")
	s.say("%s", out)
	return err
}

func checkOffline(ctx context.Context, s *stage) error {
	s.say("$ kubectl chaperone check config/samples/support.yaml config/samples/late-answers-to-requests.yaml")
	out, code, err := s.runProgram(ctx, "kubectl-chaperone", "check", "config/samples/support.yaml", "config/samples/late-answers-to-requests.yaml")
	s.say("%s", out)
	if err != nil {
		return err
	}
	if code != 1 {
		return fmt.Errorf("exit code %d, want 1: one of the two is denied", code)
	}
	return checkContains(out, "rights.responseDays")
}

func startSidecar(ctx context.Context, s *stage) error {
	config, err := s.kubectl(ctx, "get", "configmap", "chaperone-support", "-n", "shop", "-o", `jsonpath={.data.config\.json}`)
	if err != nil {
		return err
	}
	path := filepath.Join(s.work, "config.json")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return err
	}
	s.say("$ kubectl get configmap chaperone-support -n shop -o jsonpath='{.data.config\\.json}'")
	s.say("%s", config)
	botPort, err := findFreePort()
	if err != nil {
		return err
	}
	bot := fmt.Sprintf("127.0.0.1:%d", botPort)
	if _, err := s.start("samplebot", filepath.Join(s.bin, "samplebot"), "--listen", bot); err != nil {
		return err
	}
	host := chooseSidecarHost()
	s.chatURL, s.send = "http://"+host+":23100/v1/chat/completions", post
	p, err := s.start("sidecar", filepath.Join(s.bin, "sidecar"), "--unsigned", "--config", path, "--listen-host", host,
		"--egress", host+":23081", "--upstream", fmt.Sprintf("http=%d", botPort))
	if err != nil {
		return err
	}
	return s.waitReady(ctx, p, func() error { return checkStatus(ctx, "http://"+host+":23090/readyz", http.StatusOK) })
}

// secrets are personal data that a customer types and that a careless chatbot repeats. The sidecar must redact all of it.
var secrets = []string{"ada@shop.example", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"}

// customerMessage has each of the secrets.
var customerMessage = "My mail is " + secrets[0] + ", my card is " + secrets[1] + ", my account is " + secrets[2] + "."

func sendPlainChat(ctx context.Context, s *stage) error {
	s.say("customer: %s", customerMessage)
	var answer chatAnswer
	// A Service leads to new pods a moment after they are ready.
	err := waitFor(ctx, "an answer", func() (err error) { answer, err = s.sendChat(ctx, "en", customerMessage, false); return err })
	if err != nil {
		return err
	}
	text, err := answer.text()
	if err != nil {
		return err
	}
	return s.checkAnswer(answer, text, "AI")
}

func sendStreamedChat(ctx context.Context, s *stage) error {
	s.say("customer (in German): %s", customerMessage)
	answer, err := s.sendChat(ctx, "de-DE,de;q=0.9", customerMessage, true)
	if err != nil {
		return err
	}
	text, err := answer.streamedText()
	if err != nil {
		return err
	}
	return s.checkAnswer(answer, text, "KI")
}

// checkAnswer prints an answer, and checks that it has the disclosure (in the text and in the header) and no personal data.
func (s *stage) checkAnswer(answer chatAnswer, text, disclosed string) error {
	s.say("bot:      %s", strings.ReplaceAll(text, "\n", " "))
	s.say("header:   Chaperone-Disclosure: %s", answer.header.Get("Chaperone-Disclosure"))
	errs := []error{checkContains(text, disclosed, "[redacted:email]", "[redacted:payment-card]", "[redacted:iban]")}
	if answer.status != http.StatusOK {
		errs = append(errs, fmt.Errorf("status %d, want 200", answer.status))
	}
	if answer.header.Get("Chaperone-Disclosure") == "" {
		errs = append(errs, errors.New("the disclosure header is missing"))
	}
	for _, secret := range secrets {
		if strings.Contains(answer.body, secret) {
			errs = append(errs, fmt.Errorf("%q came out of the sidecar", secret))
		}
	}
	return errors.Join(errs...)
}

func refuseUnreadable(ctx context.Context, s *stage) error {
	answer, err := s.send(ctx, s.chatURL, "en", `{"model":"sample","messages":[`)
	if err != nil {
		return err
	}
	s.say("a body that is not JSON: %d %s", answer.status, answer.body)
	if answer.status < 400 || answer.status > 499 {
		return fmt.Errorf("status %d, want 4xx", answer.status)
	}
	return nil
}
