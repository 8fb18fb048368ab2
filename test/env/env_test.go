package env

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestStartedServerKeepsObjects(t *testing.T) {
	cluster := Start(t, Options{})
	c, err := client.New(cluster.Config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
	if err := c.Create(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	var got corev1.Namespace
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(namespace), &got); err != nil {
		t.Fatal(err)
	}
	if got.UID == "" || got.UID != namespace.UID {
		t.Errorf("read UID %q, want the created %q", got.UID, namespace.UID)
	}
}

func TestMissingProgramsNameTheCommand(t *testing.T) {
	root, user := t.TempDir(), t.TempDir()
	folder := filepath.Join(root, "hack", "localcluster")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "go.mod"), []byte("require k8s.io/kubernetes v1.2.3\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ user, want string }{
		"nothing built: names the folder of the pinned version": {"", filepath.Join(root, "bin", "localcluster", "v1.2.3")},
		"the user's folder is empty: names that folder":         {user, user},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := findAssets(root, test.user)
			if err == nil || !strings.Contains(err.Error(), "etcd is not in "+test.want+": run `make localcluster`") {
				t.Errorf("error %v, want the folder %s and the command", err, test.want)
			}
		})
	}
}

func TestMissingDefinitionsAreAnError(t *testing.T) {
	if _, err := start(Options{CRDPaths: []string{"no/such/folder"}}); err == nil || !strings.Contains(err.Error(), "no/such/folder") {
		t.Errorf("error %v, want one that names the folder", err)
	}
}
