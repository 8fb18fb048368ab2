package cli_test

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/cli"
	"github.com/chaperone-dev/chaperone/test/env"
)

// writeKubeconfig writes a kubeconfig for the cluster into a file, and returns its path.
func writeKubeconfig(t *testing.T, cluster *env.Cluster) string {
	t.Helper()
	config := clientcmdapi.NewConfig()
	config.Clusters["test"] = &clientcmdapi.Cluster{Server: cluster.Config.Host, CertificateAuthorityData: cluster.Config.CAData}
	config.AuthInfos["test"] = &clientcmdapi.AuthInfo{ClientCertificateData: cluster.Config.CertData, ClientKeyData: cluster.Config.KeyData}
	config.Contexts["test"] = &clientcmdapi.Context{Cluster: "test", AuthInfo: "test"}
	config.CurrentContext = "test"
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		t.Fatal(err)
	}
	return file
}

// decodeObjects returns the objects of a YAML text.
func decodeObjects(t *testing.T, text string) []*unstructured.Unstructured {
	t.Helper()
	var objects []*unstructured.Unstructured
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader([]byte(text))))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects
		}
		o := &unstructured.Unstructured{}
		if err != nil || yaml.Unmarshal(document, &o.Object) != nil {
			t.Fatalf("cannot read %s: %v", document, err)
		}
		objects = append(objects, o)
	}
}

// What runs in a namespace is assessed like the manifests that it was made from, and only the API server's own part of it is left out. A
// draft, whose blanks are null, cannot be applied.
func TestAssessNamespace(t *testing.T) {
	cluster := env.Start(t, env.Options{CRDPaths: []string{"config/crd/bases"}})
	writer, err := client.New(cluster.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile(assessedBot)
	if err != nil {
		t.Fatal(err)
	}
	const replicaSet = `
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  {name: open-webui-1, namespace: shop, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: open-webui, uid: "1", controller: true}]}
spec:
  selector: {matchLabels: {app: open-webui}}
  template: {metadata: {labels: {app: open-webui}}, spec: {containers: [{name: open-webui, image: "ghcr.io/open-webui/open-webui:main"}]}}
`
	namespace := "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}\n---\n"
	var deployment types.UID
	for _, o := range decodeObjects(t, namespace+string(manifest)+"\n---"+replicaSet) {
		if owners := o.GetOwnerReferences(); len(owners) > 0 {
			owners[0].UID = deployment
			o.SetOwnerReferences(owners)
		}
		if err := writer.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		if o.GetKind() == "Deployment" {
			deployment = o.GetUID()
		}
	}
	source := []string{"--namespace", "shop", "--kubeconfig", writeKubeconfig(t, cluster)}
	fromFiles, live := run(t, nil, "", "assess", assessedBot), run(t, nil, "", append([]string{"assess"}, source...)...)
	if live.exit != fromFiles.exit || live.out != fromFiles.out {
		t.Errorf("exit %d, want %d; want:\n%s\ngot:\n%s%s", live.exit, fromFiles.exit, fromFiles.out, live.out, live.err)
	}
	// The API server adds the protocol, which the manifest leaves out: kustomize would not find the ports.
	wantPatch, patch := run(t, nil, "", "assess", "-o", "patch", assessedBot), run(t, nil, "", append([]string{"assess", "-o", "patch"}, source...)...)
	if patch.out == "" || strings.Contains(patch.out, "protocol: TCP") || patch.out != wantPatch.out || !strings.Contains(patch.err, "note: the patch is for") {
		t.Errorf("patch of the manifest:\n%s\npatch of the namespace:\n%s%s", wantPatch.out, patch.out, patch.err)
	}
	draft := run(t, nil, "", append([]string{"assess", "-o", "draft"}, source...)...)
	if draft.exit != cli.ExitPassed {
		t.Fatalf("draft: exit %d: %s", draft.exit, draft.err)
	}
	for _, o := range decodeObjects(t, draft.out) {
		if err := writer.Create(t.Context(), o, &client.CreateOptions{FieldValidation: metav1.FieldValidationStrict}); !apierrors.IsInvalid(err) {
			t.Errorf("the API server takes the draft of %s: %v", o.GetName(), err)
		}
	}
	// The objects of an operator whose kinds are not listed: its StatefulSet stands for the chatbot, and an old ReplicaSet for nothing.
	const ofOperator = `
apiVersion: apps/v1
kind: StatefulSet
metadata:
  {name: agent, namespace: shop, ownerReferences: [{apiVersion: bots.example/v1, kind: Bot, name: agent, uid: "7", controller: true}]}
spec:
  selector: {matchLabels: {app: agent}}
  template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: agent, image: "flowiseai/flowise:3"}]}}
---
apiVersion: apps/v1
kind: ReplicaSet
metadata:
  {name: old, namespace: shop, ownerReferences: [{apiVersion: bots.example/v1, kind: Bot, name: agent, uid: "7", controller: true}]}
spec:
  replicas: 0
  selector: {matchLabels: {app: old}}
  template: {metadata: {labels: {app: old}}, spec: {containers: [{name: old, image: "flowiseai/flowise:2"}]}}
`
	for _, o := range decodeObjects(t, ofOperator) {
		if err := writer.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if live := run(t, nil, "", append([]string{"assess"}, source...)...); !strings.Contains(live.out, "StatefulSet shop/agent: Flowise") || strings.Contains(live.out, "shop/old") {
		t.Errorf("exit %d: the StatefulSet of an operator has to be there, and its old ReplicaSet not:\n%s%s", live.exit, live.out, live.err)
	}
	// A declaration that names a ChatShape of the cluster.
	const ofDeclared = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: own-shape, namespace: shop}
spec:
  selector: {matchLabels: {app: own-shape}}
  template:
    metadata: {labels: {app: own-shape}}
    spec: {containers: [{name: bot, image: "registry.example/bot:1", ports: [{name: http, containerPort: 8080}]}]}
`
	sample, err := os.ReadFile("../../config/samples/organisation/own-shape.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range decodeObjects(t, string(sample)+"\n---"+ofDeclared) {
		if err := writer.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	if live := run(t, nil, "", append([]string{"assess"}, source...)...); strings.Contains(live.out, "shop-ask") || !strings.Contains(live.out, "shop/own-shape") {
		t.Errorf("exit %d: the shape has to be known:\n%s%s", live.exit, live.out, live.err)
	}
}

// A real API server cannot reach a pod without a node. The pod is named, and the exit code says that nothing is known.
func TestObserveNamesSidecarsThatAreNotReached(t *testing.T) {
	cluster := env.Start(t, env.Options{})
	writer, err := client.New(cluster.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const objects = `
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
apiVersion: v1
kind: Pod
metadata: {name: support-1, namespace: shop, labels: {chaperone.dev/chatbot: support}}
spec:
  initContainers: [{name: chaperone, image: sidecar, restartPolicy: Always, ports: [{name: chaperone-admin, containerPort: 23090}]}]
  containers: [{name: bot, image: bot}]
---
apiVersion: v1
kind: Pod
metadata: {name: support-2, namespace: shop, labels: {chaperone.dev/chatbot: support}}
spec: {containers: [{name: bot, image: bot}]}
`
	for _, o := range decodeObjects(t, objects) {
		if err := writer.Create(t.Context(), o); err != nil {
			t.Fatal(err)
		}
	}
	got := run(t, nil, "", "observe", "support", "--namespace", "shop", "--kubeconfig", writeKubeconfig(t, cluster))
	if got.exit != cli.ExitRefused || !strings.HasPrefix(got.out, "Not asked: pod support-1: ") || strings.Contains(got.out, "support-2") {
		t.Errorf("exit %d: %s%s", got.exit, got.out, got.err)
	}
}
