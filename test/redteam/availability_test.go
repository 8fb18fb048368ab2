package redteam

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// availabilityRows are the cases V: attacks on the operator's own work.
func availabilityRows() []row {
	return []row{
		{id: "V-01a", attack: "A tenant creates more declarations than the cluster allows a namespace.", try: quotaOfDeclarations},
		{id: "V-01b", attack: "A tenant creates declarations as fast as they can, so that those of others wait.", try: stormOfDeclarations},
		{id: "V-01c", attack: "A tenant declares a selector with 100,000 values, keys and values without end, or other maps with such keys, to take the manager's memory.", try: oversized},
		{id: "V-02a", attack: "Another controller changes back what the manager writes into namespaces, again and again.", try: nobodyContests},
		{id: "V-02b", attack: "A script of an administrator changes the webhooks back, again and again.", try: contestedWebhooks},
		{id: "V-04a", attack: "A pod floods the webhook with small AdmissionReviews, from 20 connections.", try: flood},
		{id: "V-04b", attack: "A pod sends the largest AdmissionReviews that there are, many at the same time, to take the manager's memory.", try: floodOfLargeReviews},
		{id: "V-04c", attack: "A pod announces hundreds of AdmissionReviews to the webhook, small and large, and sends none of them, so that others wait or pass unseen.", try: floodWithoutBodies},
		{id: "V-05", attack: "A pod opens thousands of connections to the webhook and says nothing.", try: silentConnections},
		{id: "V-07", attack: "A declaration and its namespace are deleted while no manager runs.", alone: true, try: deletionWithoutManager},
		{id: "V-08", attack: "Chaperone is uninstalled while chatbots run.", elsewhere: "test/e2e: uninstallation"},
		{id: "V-10", attack: "Another policy engine matches Chaperone's pods, and Chaperone matches its.",
			cannot: "Images of other policy engines cannot be downloaded where this project is tested. The selectors of the webhooks leave out the namespaces of Kubernetes and Chaperone's own."},
		{id: "V-11", attack: "The manager is evicted by pods of higher priority.", try: managerOutlives},
		{id: "V-13", attack: "All nodes are drained one after the other.",
			cannot: "The node that tests can have is the only one. A drain ends one replica at a time, because of the disruption budget (V-11), as an upgrade does: " +
				"test/e2e upgrades the manager under load, and test/faults restarts all replicas in turn (20,000 admissions, none fails)."},
		{id: "V-14", attack: "A client opens streams until the sidecar has no memory left.", elsewhere: "internal/sidecar: TestLoadBeyondTheMemoryIsRefused"},
		{id: "V-17", attack: "The opposite: a team states resources for the whole pod, which leave no room for the sidecar.", try: resourcesOfPod},
		{id: "V-16", attack: "A quota, or another webhook, refuses the pods that are made in place of those that Chaperone evicts.", try: unreplacedPods},
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
			object := declarationNamed(namespace, fmt.Sprintf("bot-%d", i))
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

// silentConnections opens more connections to the webhook than it keeps, and lets them wait. It closes the first ones.
func silentConnections(t *testing.T, w *world) error {
	const many = 2500
	first := w.silentConnection(t)
	for range many {
		w.silentConnection(t)
	}
	if err := w.stillDecides(t); err != nil {
		return err
	}
	if err := first.SetReadDeadline(time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Read(make([]byte, 1)); err == nil || os.IsTimeout(err) {
		return fmt.Errorf("the manager keeps the oldest of %d silent connections", many)
	}
	return nil
}

// floodWithoutBodies sends headers all the time, and never what they announce. Meanwhile, small and large pods are decided about, and endpoints,
// whose webhook API servers do without if it does not answer.
func floodWithoutBodies(t *testing.T, w *world) error {
	const senders = 300
	url, stop := w.webhookURL(t), make(chan struct{})
	var group sync.WaitGroup
	for sender := range senders {
		group.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					announce(t, url, []int{1, 1 << 20}[sender%2])
				}
			}
		})
	}
	time.Sleep(2 * time.Second) // Until most of them are connected.
	var errs []error
	for range 10 {
		errs = append(errs, w.stillDecides(t), injected(t, w.call(t, namespaceAdmin, post, pods(shop)+dryRun, largePod())))
		slices := "/apis/discovery.k8s.io/v1/namespaces/" + shop + "/endpointslices" + dryRun
		errs = append(errs, w.call(t, broad, post, slices, foreignSlice).refusedWith("network.endpoint_around"))
	}
	close(stop)
	group.Wait()
	return errors.Join(append(errs, w.stillDecides(t))...)
}

// announce sends the header of a review of so many bytes, and waits until the manager has had enough.
func announce(t *testing.T, to string, bytes int) {
	address, err := url.Parse(to)
	if err != nil {
		t.Error(err)
		return
	}
	dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}
	connection, err := dialer.DialContext(t.Context(), "tcp", address.Host)
	if err != nil {
		time.Sleep(100 * time.Millisecond)
		return
	}
	defer func() { _ = connection.Close() }()
	_ = connection.SetDeadline(time.Now().Add(repairTime))
	_, _ = fmt.Fprintf(connection, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n", address.Path, address.Host, bytes)
	_, _ = connection.Read(make([]byte, 1))
}

// largePod has a review of more than 256 KiB.
func largePod() *corev1.Pod {
	large := pod(shop, "attack-large")
	large.Spec.Containers[0].Env = append(large.Spec.Containers[0].Env, corev1.EnvVar{Name: "LARGE", Value: strings.Repeat("x", 300<<10)})
	return large
}

// floodOfLargeReviews sends what a manager that read all of it at once would need a gigabyte for. In a cluster, the limit of its memory would
// end it.
func floodOfLargeReviews(t *testing.T, w *world) error {
	const senders, requests = 40, 3
	review := `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"x","object":{"a":"` + strings.Repeat("x", 6<<20) + `"}}}`
	w.forgetPeak(t)
	url, before := w.webhookURL(t), w.memoryOfManager(t)
	var group sync.WaitGroup
	for range senders {
		group.Go(func() {
			client := newUntrustedClient()
			defer client.CloseIdleConnections()
			for range requests {
				if response, err := client.Post(url, "application/json", strings.NewReader(review)); err == nil {
					_, _ = io.Copy(io.Discard, response.Body)
					_ = response.Body.Close()
				}
			}
		})
	}
	err := w.stillDecides(t)
	group.Wait()
	after := w.memoryOfManager(t)
	t.Logf("the manager needed %d MiB before, and up to %d MiB then", before>>20, after>>20)
	if grown := after - before; grown > 256<<20 {
		err = errors.Join(err, fmt.Errorf("the manager needs %d MiB more", grown>>20))
	}
	return errors.Join(err, w.stillDecides(t))
}

// forgetPeak begins anew with the most bytes that the manager has in memory. Otherwise an earlier peak would hide what it needs then.
func (w *world) forgetPeak(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", w.manager), []byte("5"), 0); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
}

// memoryOfManager returns the most bytes that the manager has had in memory since forgetPeak, or 0 where the system does not say.
func (w *world) memoryOfManager(t *testing.T) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", w.manager))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(after, &kilobytes); err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}

// stormOfDeclarations creates many declarations in one namespace, and then one in another: it is decided while others of the first, which were
// there before it, wait. First come, first served, at most those that are being decided at that moment would be left.
func stormOfDeclarations(t *testing.T, w *world) error {
	const namespace, other, senders, each, enough, beingDecided = "storm", "beside-the-storm", 16, 60, 150, 16
	w.namespace(t, namespace)
	w.namespace(t, other)
	var group sync.WaitGroup
	for sender := range senders {
		group.Go(func() {
			for i := range each {
				w.call(t, namespaceAdmin, post, declarations(namespace), declarationNamed(namespace, fmt.Sprintf("bot-%d-%d", sender, i)))
			}
		})
	}
	defer group.Wait()
	var waiting map[string]bool
	eventually(t, "a storm", func() error {
		if waiting = w.listUndecided(t, namespace); len(waiting) < enough {
			return fmt.Errorf("%d declarations wait", len(waiting))
		}
		return nil
	})
	w.must(t, namespaceAdmin, post, declarations(other), declarationNamed(other, "bot"))
	err := within(limit, func() error {
		if len(w.listUndecided(t, other)) > 0 {
			return errors.New("the declaration of another namespace waits")
		}
		return nil
	})
	left := w.listUndecided(t, namespace)
	maps.DeleteFunc(waiting, func(name string, _ bool) bool { return !left[name] })
	t.Logf("%d of those that were there before it still wait", len(waiting))
	if len(waiting) <= beingDecided {
		err = errors.Join(err, fmt.Errorf("only %d of those that were there before it are decided after it", len(waiting)))
	}
	return err
}

func declarationNamed(namespace, name string) map[string]any {
	return declarationWith(func(d map[string]any) {
		d["metadata"] = map[string]any{"name": name, "namespace": namespace}
		d["spec"].(map[string]any)["selector"] = map[string]any{"matchLabels": map[string]any{"app": name}}
	})
}

// listUndecided returns the names of the declarations of the namespace that have no outcome.
func (w *world) listUndecided(t *testing.T, namespace string) map[string]bool {
	t.Helper()
	var list v1alpha1.ChatbotDeploymentList
	w.must(t, administrator, get, declarations(namespace), nil).decode(t, &list)
	names := map[string]bool{}
	for _, d := range list.Items {
		if d.Status.Outcome == "" {
			names[d.Name] = true
		}
	}
	return names
}

// contestedWebhooks changes a webhook whenever it was restored. It is restored each time, and the manager does not write as fast as it can.
func contestedWebhooks(t *testing.T, w *world) error {
	const path, flips = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/chaperone-validating", 8
	weaken := []map[string]any{{"op": "replace", "path": "/webhooks/0/matchPolicy", "value": "Exact"}}
	began := time.Now()
	for i := range flips {
		w.must(t, administrator, jsonPatch, path, weaken)
		if err := within(repairTime, func() error {
			var configuration struct {
				Webhooks []struct{ MatchPolicy string }
			}
			w.must(t, administrator, get, path, nil).decode(t, &configuration)
			if configuration.Webhooks[0].MatchPolicy != "Equivalent" {
				return fmt.Errorf("change %d is still there", i)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	if took := time.Since(began); took < (flips-1)*time.Second {
		return fmt.Errorf("the manager restored it %d times in %s", flips, took)
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

// resourcesOfPod states less for all containers than those of the app and of the sidecar take together.
func resourcesOfPod(t *testing.T, w *world) error {
	stated := corev1.ResourceList{"cpu": resource.MustParse("50m"), "memory": resource.MustParse("128Mi")}
	return injected(t, w.call(t, namespaceAdmin, post, pods(shop)+dryRun, pod(shop, "lawful", func(p *corev1.Pod) {
		p.Spec.Resources = &corev1.ResourceRequirements{Requests: stated, Limits: stated}
	})))
}
