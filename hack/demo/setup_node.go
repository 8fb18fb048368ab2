package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// A madeImage is an image that the demo made, as hack/image prints it in a line of JSON.
type madeImage struct {
	Target string `json:"target"`
	// Reference is the image by digest: `local.test/chaperone/manager@sha256:…`.
	Reference string `json:"reference"`
	// Archive is the file that holds it.
	Archive string `json:"archive"`
}

// imagePrefix takes the place of the registry that a user pushes to. The images are loaded into the node, which pulls nothing.
const imagePrefix = "local.test/chaperone"

// setUpOnNode returns the steps that `make demo` and `make run` share where there is a node, in order.
func setUpOnNode() []step {
	return []step{
		{"Make the images of manager, sidecar and sample chatbot, without Docker", makeImages},
		{"Start a real cluster with a node: control plane, kubelet, containerd, kube-proxy, pod network", startClusterWithNode},
		{"Declare a chatbot before Chaperone's webhooks are there, as in a cluster that adopts it late", declareEarlyOnNode},
		{"Install config/default as any user does: two replicas, webhooks behind their Service, own certificates", installDefault},
		{"The operator's pods run under the strictest pod security standard, and its account is not a cluster administrator", checkPrivileges},
	}
}

func makeImages(ctx context.Context, s *stage) error {
	targets := []string{"manager", "sidecar", "samplebot", "sampledesk"}
	folder := filepath.Join(s.work, "images")
	args := append([]string{"--json", "--out", folder, "--root", s.root, "--bin", s.bin, "--prefix", imagePrefix}, targets...)
	out, code, err := s.runProgram(ctx, "image", args...)
	if err != nil {
		return err
	}
	if code != 0 {
		return fmt.Errorf("image: exit code %d: %s", code, out)
	}
	if s.images, err = readImages(out); err != nil {
		return err
	}
	for _, target := range targets {
		if s.images[target].Reference == "" {
			return fmt.Errorf("image made no %s", target)
		}
		s.say("%s", s.images[target].Reference)
	}
	list, err := json.Marshal(s.images)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.work, "images.json"), list, 0o600)
}

// readImages returns the images that hack/image printed, by target.
func readImages(lines string) (map[string]madeImage, error) {
	images := map[string]madeImage{}
	for decoder := json.NewDecoder(strings.NewReader(lines)); ; {
		var made madeImage
		err := decoder.Decode(&made)
		if errors.Is(err, io.EOF) {
			return images, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read what image printed: %w: %s", err, lines)
		}
		images[made.Target] = made
	}
}

func startClusterWithNode(ctx context.Context, s *stage) error {
	if err := s.startCluster(ctx, "--node"); err != nil {
		return err
	}
	args := []string{"load", "--dir", filepath.Join(s.bin, "localcluster"), "--data", s.data}
	for _, image := range s.images {
		args = append(args, image.Archive)
	}
	if out, code, err := s.runProgram(ctx, "localcluster-run", args...); err != nil || code != 0 {
		return fmt.Errorf("load images: exit code %d, %w: %s", code, err, out)
	}
	_, err := s.show(ctx, "get", "nodes", "-o", "wide")
	return err
}

func declareEarlyOnNode(ctx context.Context, s *stage) error {
	if _, err := s.show(ctx, "apply", "--server-side", "-k", "config/crd"); err != nil {
		return err
	}
	if _, err := s.kubectl(ctx, "wait", "--for=condition=Established", "--timeout=60s", "crd/chatbotdeployments.chaperone.dev"); err != nil {
		return err
	}
	return declareEarly(ctx, s)
}

// installDefault installs config/default as README.md says: it sets the images, applies, and waits until the webhooks respond.
func installDefault(ctx context.Context, s *stage) error {
	config := filepath.Join(s.work, "config")
	if err := os.CopyFS(config, os.DirFS(filepath.Join(s.root, "config"))); err != nil {
		return err
	}
	for _, target := range []string{"manager", "sidecar"} {
		s.say("$ kustomize edit set image chaperone/%s=%s", target, s.images[target].Reference)
	}
	if err := setImages(filepath.Join(config, "default", "kustomization.yaml"), s.images); err != nil {
		return err
	}
	s.say("$ kubectl apply --server-side -k config/default")
	out, err := s.kubectl(ctx, "apply", "--server-side", "-k", filepath.Join(config, "default"))
	s.say("%s", out)
	if err != nil {
		return err
	}
	if _, err := s.show(ctx, "rollout", "status", "-n", operatorNamespace, "deployment/chaperone-manager", "--timeout=120s"); err != nil {
		return err
	}
	if err := waitFor(ctx, "the certificate authority in every webhook", func() error { return s.checkWebhooksTrusted(ctx) }); err != nil {
		return err
	}
	if err := waitForWebhookService(ctx, s); err != nil {
		return err
	}
	return s.waitForPolicies(ctx)
}

// waitForWebhookService waits until the webhooks respond through their Service: kube-proxy learns of a replica a moment after it is ready.
func waitForWebhookService(ctx context.Context, s *stage) error {
	trial, err := s.readSample("config/samples/support.yaml")
	if err != nil {
		return err
	}
	return waitFor(ctx, "a response of the webhooks behind their Service", func() error {
		_, err := s.kubectlWith(ctx, trial, "apply", "--dry-run=server", "-f", "-")
		return err
	})
}

// setImages sets the two images of the operator in a kustomization, as `kustomize edit set image` does.
func setImages(file string, images map[string]madeImage) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var kustomization map[string]any
	if err := yaml.Unmarshal(text, &kustomization); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	var named []map[string]string
	for _, target := range []string{"manager", "sidecar"} {
		name, digest, _ := strings.Cut(images[target].Reference, "@")
		named = append(named, map[string]string{"name": "chaperone/" + target, "newName": name, "digest": digest})
	}
	kustomization["images"] = named
	if text, err = yaml.Marshal(kustomization); err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}

// checkPrivileges checks that two replicas are ready, that their namespace admits only restricted pods, and that their account is not a
// cluster administrator.
func checkPrivileges(ctx context.Context, s *stage) error {
	out, err := s.show(ctx, "get", "pods", "-n", operatorNamespace, "-o", "wide")
	if err != nil {
		return err
	}
	if ready := strings.Count(out, "1/1"); ready != 2 {
		return fmt.Errorf("%d replicas are ready, want 2", ready)
	}
	level, err := s.kubectl(ctx, "get", "namespace", operatorNamespace, "-o", `jsonpath={.metadata.labels.pod-security\.kubernetes\.io/enforce}`)
	if err != nil {
		return err
	}
	s.say("Pod Security of %s: %s", operatorNamespace, level)
	account := "system:serviceaccount:" + operatorNamespace + ":chaperone-manager"
	everything, _ := s.kubectl(ctx, "auth", "can-i", "*", "*", "--as", account)
	s.say("$ kubectl auth can-i '*' '*' --as %s\n%s", account, everything)
	if level != "restricted" || !strings.HasPrefix(everything, "no") {
		return fmt.Errorf("namespace level %q, everything allowed: %q", level, everything)
	}
	return nil
}
