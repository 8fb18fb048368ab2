package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// storyOnNode returns the steps that the demo shows where there is a node, in order.
func storyOnNode() []step {
	return slices.Concat(storyOfPods(), storyOfAdoption(), []step{
		{"What `kubectl get cbd -A` shows", listDeclarations},
		{"The same decision offline: `kubectl chaperone check`", checkOffline},
		{"While no manager runs, governed pods are refused, everything else is admitted, and chats go on", showOutage},
	})
}

// storyOfPods returns the first steps of storyOnNode.
func storyOfPods() []step {
	return []step{
		{"A compliant declaration with its Deployment and Service: pods run behind the sidecar, the Service follows by the port's name", applyCompliantOnNode},
		{"A plain chat through the Service's ClusterIP: the disclosure is there, personal data is not", sendPlainChat},
		{"A streamed chat: the same, while the answer streams", sendStreamedChat},
		{"A message that cannot be read is refused, not passed on", refuseUnreadable},
		{"The app's own port is closed to other pods; the sidecar's is open", checkOwnPortClosed},
		{"A pod of a non-compliant chatbot is refused: rule, field, remedy, legal source", refusePodOfNonCompliant},
		{"A pod that could go around the sidecar is refused", refusePodAroundSidecar},
		{"So is a Deployment, before it makes pods", refuseDeployment},
		{"A Service that would reach the app by its number is refused", refuseServiceByNumber},
		{"A developer who connects to a governed pod by exec is refused", refuseExec},
		{"Answers to requests after 90 days are refused at `kubectl apply`", refuseLateAnswers},
		{"An exception, requested by one user and approved by another, waives that until a day; the finding stays visible", approveException},
		{"A rule of the organisation is compiled before it is used", showOwnRule},
	}
}

// placeholder matches the image in the samples, whose digest is a placeholder.
var placeholder = regexp.MustCompile(`chaperone/samplebot@sha256:[0-9a-f]{64}`)

// readSample returns a sample with the image of the chatbot that the demo made.
func (s *stage) readSample(path string) (string, error) {
	text, err := os.ReadFile(filepath.Join(s.root, path))
	if err != nil {
		return "", err
	}
	return placeholder.ReplaceAllString(string(text), s.images["samplebot"].Reference), nil
}

// describeApply returns the command with which a user applies a sample. On a node it puts in the image that the demo made: the digest in
// the samples is a placeholder, which no node can pull.
func (s *stage) describeApply(path string) string {
	if len(s.images) == 0 {
		return "kubectl apply -f " + path
	}
	return fmt.Sprintf("sed 's|%s|%s|' %s | kubectl apply -f -", "chaperone/samplebot@.*", s.images["samplebot"].Reference, path)
}

// applySample applies a sample with the image that the demo made, and prints the command that a user would type.
func (s *stage) applySample(ctx context.Context, path string) (string, error) {
	manifests, err := s.readSample(path)
	if err != nil {
		return "", err
	}
	s.say("$ %s", s.describeApply(path))
	out, err := s.kubectlWith(ctx, manifests, "apply", "-f", "-")
	s.say("%s", out)
	return out, err
}

func applyCompliantOnNode(ctx context.Context, s *stage) error {
	if _, err := s.applySample(ctx, "config/samples/support.yaml"); err != nil {
		return err
	}
	if _, err := s.show(ctx, "wait", "--for=condition=Ready", "--timeout=90s", "-n", "shop", "cbd/support"); err != nil {
		return err
	}
	if _, err := s.show(ctx, "rollout", "status", "-n", "shop", "deployment/support-bot", "--timeout=90s"); err != nil {
		return err
	}
	out, err := s.show(ctx, "get", "pods,services,endpointslices", "-n", "shop", "-o", "wide")
	if err != nil {
		return err
	}
	address, err := s.kubectl(ctx, "get", "service", "support-bot", "-n", "shop", "-o", "jsonpath={.spec.clusterIP}")
	s.chatURL, s.send = "http://"+address+"/v1/chat/completions", s.sendByCurl
	return errors.Join(err, checkContains(out, "2/2", "23100"))
}

// checkOwnPortClosed checks from a pod of another namespace that the port of the app is closed and that of the sidecar is open.
func checkOwnPortClosed(ctx context.Context, s *stage) error {
	address, err := s.kubectl(ctx, "get", "pods", "-n", "shop", "-l", "app=support-bot", "-o", "jsonpath={.items[0].status.podIP}")
	if err != nil {
		return err
	}
	s.say("From another pod: http://%s:8080/healthz is the app, http://%s:23090/healthz the sidecar", address, address)
	app, appErr := s.runInAnotherPod(ctx, "get", "--timeout", "3s", "http://"+address+":8080/healthz")
	sidecar, sidecarErr := s.runInAnotherPod(ctx, "get", "--timeout", "3s", "http://"+address+":23090/healthz")
	s.say("app: %s\nsidecar: %s", strings.TrimSpace(app), strings.TrimSpace(sidecar))
	if appErr == nil {
		return errors.New("the app's port answers another pod")
	}
	return sidecarErr
}

// runInAnotherPod runs the program of the sample chatbot in an ungoverned pod, and returns its output. The error says that the program
// failed.
func (s *stage) runInAnotherPod(ctx context.Context, args ...string) (string, error) {
	defer func() {
		_, _ = s.kubectl(context.WithoutCancel(ctx), "delete", "pod", "visitor", "-n", "default", "--ignore-not-found", "--now")
	}()
	all := append([]string{"run", "visitor", "-n", "default", "--image", s.images["samplebot"].Reference, "--restart=Never", "--"}, args...)
	if _, err := s.kubectl(ctx, all...); err != nil {
		return "", err
	}
	var phase string
	err := waitFor(ctx, "the other pod's end", func() (err error) {
		phase, err = s.kubectl(ctx, "get", "pod", "visitor", "-n", "default", "-o", "jsonpath={.status.phase}")
		if err == nil && phase != "Succeeded" && phase != "Failed" {
			err = fmt.Errorf("phase %q", phase)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	out, err := s.kubectl(ctx, "logs", "visitor", "-n", "default")
	if err == nil && phase != "Succeeded" {
		err = fmt.Errorf("the pod's phase is %s", phase)
	}
	return out, err
}

func refuseDeployment(ctx context.Context, s *stage) error {
	return s.showRefused(ctx, []string{"rights.responseDays", "workload.image_by_digest", "spec.template.spec.containers[0].image"},
		"apply", "-f", "hack/demo/manifests/legacy-deployment.yaml")
}

func refuseServiceByNumber(ctx context.Context, s *stage) error {
	return s.showRefused(ctx, []string{"service.target_by_name", "spec.ports[0].targetPort", "8080"},
		"apply", "-f", "hack/demo/manifests/service-by-number.yaml")
}

// refuseExec connects as a user who may do everything with the pods of the namespace; a cluster administrator may use break-glass.
func refuseExec(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "create", "rolebinding", "developers", "-n", "shop", "--clusterrole=admin", "--user=developer"); err != nil {
		return err
	}
	args := []string{"exec", "--as=developer", "-n", "shop", "deployment/support-bot", "-c", "bot", "--", "/samplebot", "healthy", "http://127.0.0.1:8080/healthz"}
	// The role binding takes effect a moment later.
	return waitFor(ctx, "the refusal", func() error {
		out, err := s.kubectl(ctx, args...)
		if err == nil {
			return errors.New("was admitted, but must be refused")
		}
		if err := checkContains(out, "connection.app_closed"); err != nil {
			return err
		}
		s.say("$ kubectl %s\n%s", quoteForShell(args), out)
		return nil
	})
}

// showOutage takes every replica of the manager away, and brings them back.
func showOutage(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "scale", "-n", operatorNamespace, "deployment/chaperone-manager", "--replicas=0"); err != nil {
		return err
	}
	if _, err := s.kubectl(ctx, "wait", "-n", operatorNamespace, "pods", "--all", "--for=delete", "--timeout=90s"); err != nil {
		return err
	}
	s.say("No manager runs. A pod of the chatbot:")
	out, err := s.applySample(ctx, "hack/demo/manifests/late-pod.yaml")
	if err == nil {
		return errors.New("was admitted, but must be refused")
	}
	if err := checkContains(out, "chaperone-floor-selected"); err != nil {
		return err
	}
	s.say("A pod that calls itself a chatbot, in another namespace, and one that does not:")
	if err := s.showRefused(ctx, []string{"chaperone-floor-pods"}, "run", "undeclared", "-n", "default", "--image", s.images["samplebot"].Reference,
		"--labels=chaperone.dev/chatbot=support"); err != nil {
		return err
	}
	if out, err := s.runInAnotherPod(ctx, "ask", s.chatURL, "Hello"); err != nil {
		return fmt.Errorf("ungoverned pod: %w: %s", err, out)
	}
	s.say("It ran, and got an answer of the chatbot.")
	answer, err := s.sendChat(ctx, "en", "Hello", false)
	if err != nil {
		return err
	}
	if answer.status != http.StatusOK {
		return fmt.Errorf("chat while no manager runs: status %d", answer.status)
	}
	s.say("The chatbot still answers: %d", answer.status)
	if _, err := s.show(ctx, "scale", "-n", operatorNamespace, "deployment/chaperone-manager", "--replicas=2"); err != nil {
		return err
	}
	if _, err := s.show(ctx, "rollout", "status", "-n", operatorNamespace, "deployment/chaperone-manager", "--timeout=120s"); err != nil {
		return err
	}
	return waitForWebhookService(ctx, s)
}
