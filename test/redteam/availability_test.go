package redteam

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// availabilityRows are the cases V: attacks on the operator's own work.
func availabilityRows() []row {
	return []row{
		{id: "V-01", attack: "A tenant creates more declarations than the cluster allows a namespace.", try: quotaOfDeclarations},
		{id: "V-02", attack: "Another controller changes back what the manager writes, again and again.", try: nobodyContests},
		{id: "V-04", attack: "A pod floods the webhook with AdmissionReviews.", try: flood},
		{id: "V-05", attack: "A pod opens connections to the webhook and says nothing.", try: silentConnections},
		{id: "V-07", attack: "A declaration and its namespace are deleted while no manager runs.", alone: true, try: deletionWithoutManager},
		{id: "V-08", attack: "Chaperone is uninstalled while chatbots run.", elsewhere: "test/e2e: uninstallation"},
		{id: "V-10", attack: "Another policy engine matches Chaperone's pods, and Chaperone matches its.",
			cannot: "Images of other policy engines cannot be downloaded where this project is tested. The selectors of the webhooks leave out the namespaces of Kubernetes and Chaperone's own."},
		{id: "V-11", attack: "The manager is evicted by pods of higher priority.", try: managerOutlives},
		{id: "V-13", attack: "All nodes are drained one after the other.", elsewhere: "test/e2e: upgrade of the manager under load"},
		{id: "V-14", attack: "A client opens streams until the sidecar has no memory left.", elsewhere: "internal/sidecar: TestLoadBeyondTheMemoryIsRefused"},
	}
}

// quotaOfDeclarations sets the quota of Kubernetes, which counts declarations as any resource.
func quotaOfDeclarations(t *testing.T, w *world) error {
	const namespace = "quota"
	w.namespace(t, namespace)
	quota := `
metadata: {name: chatbots}
spec: {hard: {count/chatbotdeployments.chaperone.dev: "2"}}`
	w.must(t, administrator, post, "/api/v1/namespaces/"+namespace+"/resourcequotas", quota)
	var refusal error
	eventually(t, "a refusal by the quota", func() error {
		for i := range 4 {
			object := declarationWith(func(d map[string]any) {
				d["metadata"] = map[string]any{"name": fmt.Sprintf("bot-%d", i), "namespace": namespace}
				d["spec"].(map[string]any)["selector"] = map[string]any{"matchLabels": map[string]any{"app": fmt.Sprint("bot-", i)}}
			})
			if refusal = w.call(t, namespaceAdmin, post, declarations(namespace), object).refusedWith("quota"); refusal == nil {
				return nil
			}
		}
		return refusal
	})
	return w.stillDecides(t)
}

// nobodyContests holds as long as only the manager may write what the manager writes.
func nobodyContests(t *testing.T, w *world) error {
	var errs []error
	for _, path := range []string{networkPolicies(shop) + "/chaperone-support", configMaps(shop) + "/chaperone-support"} {
		patch := `{"metadata":{"labels":{"team":"shop"}}}`
		errs = append(errs, w.call(t, administrator, merge, path+dryRun, patch).refusedWith("chaperone floor"))
	}
	return errors.Join(errs...)
}

// flood sends junk from several connections at once, and asks for decisions meanwhile. How long they take is not measured: two cores are
// shared with the API server here.
func flood(t *testing.T, w *world) error {
	const senders, requests = 20, 100
	url := w.webhookURL(t)
	var group sync.WaitGroup
	for range senders {
		group.Go(func() {
			client := newUntrustedClient()
			defer client.CloseIdleConnections()
			for range requests {
				response, err := client.Post(url, "application/json", strings.NewReader(`{"request":{"uid":"x","object":{"spec":{}}}}`))
				if err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
				}
			}
		})
	}
	var errs []error
	for range 10 {
		errs = append(errs, w.stillDecides(t))
	}
	group.Wait()
	return errors.Join(append(errs, w.stillDecides(t))...)
}

// silentConnections opens many connections to the webhook and lets them wait.
func silentConnections(t *testing.T, w *world) error {
	for range 500 {
		w.silentConnection(t)
	}
	return w.stillDecides(t)
}

// deletionWithoutManager deletes a namespace with a declaration. Nothing may wait for a manager.
func deletionWithoutManager(t *testing.T, w *world) error {
	const namespace = "to-be-deleted"
	path := "/api/v1/namespaces/" + namespace
	if !w.down {
		w.chatbot(t, namespace)
		return nil // The namespace is deleted while no manager runs.
	}
	w.must(t, administrator, remove, path, nil)
	return within(limit, func() error {
		if a := w.call(t, administrator, get, path, nil); a.code != 404 {
			return fmt.Errorf("the namespace is still there: %s", a.message())
		}
		return nil
	})
}

// managerOutlives reads the manifests: a node is needed to evict pods.
func managerOutlives(t *testing.T, w *world) error {
	var all strings.Builder
	for _, name := range []string{"deployment.yaml", "disruption_budget.yaml"} {
		text, err := os.ReadFile(filepath.Join(w.root, "config", "manager", name))
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	var errs []error
	for _, want := range []string{"priorityClassName: system-cluster-critical", "requests:", "kind: PodDisruptionBudget", "topologySpreadConstraints:"} {
		if !strings.Contains(all.String(), want) {
			errs = append(errs, fmt.Errorf("%q is missing in config/manager", want))
		}
	}
	return errors.Join(errs...)
}
