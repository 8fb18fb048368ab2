package redteam

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// declaredOnly is a namespace that admits only pods of declared chatbots, and one image besides, which runs in a pod.
const declaredOnly = "declared-only"

const listedImage = "registry.example/cache"

// makeDeclaredOnly makes the namespace once.
func makeDeclaredOnly(t *testing.T, w *world) {
	t.Helper()
	const path = "/api/v1/namespaces/" + declaredOnly
	if w.call(t, administrator, get, path, nil).ok() {
		return
	}
	w.namespace(t, declaredOnly)
	w.must(t, administrator, merge, path,
		`{"metadata":{"labels":{"`+v1alpha1.LabelDeclaredOnly+`":"true"},"annotations":{"`+v1alpha1.AnnotationUndeclaredImages+`":"`+listedImage+`, registry.example/tools/, csi://secrets-store.csi.k8s.io"}}}`)
	eventually(t, "a refusal in "+declaredOnly, func() error {
		if w.call(t, namespaceAdmin, post, pods(declaredOnly)+dryRun, undeclaredPod("registry.example/bot:1")).ok() {
			return errors.New("the API server does not know the label yet")
		}
		return nil
	})
	w.must(t, namespaceAdmin, post, pods(declaredOnly), undeclaredPod(listedImage+":1"))
}

// undeclaredPod is a pod that no declaration selects, with the image.
func undeclaredPod(image string) *corev1.Pod {
	return pod(declaredOnly, "other", func(p *corev1.Pod) {
		p.Labels = map[string]string{"app": "another"}
		p.Spec.Containers[0].Image = image
	})
}

// undeclaredChatbot compares what is refused with what the administrator has listed.
func undeclaredChatbot(t *testing.T, w *world) error {
	makeDeclaredOnly(t, w)
	var errs []error
	create := func(image string) answer {
		p := undeclaredPod(image)
		p.Name = "attack"
		return w.call(t, namespaceAdmin, post, pods(declaredOnly)+dryRun, p)
	}
	for _, image := range []string{"registry.example/bot:1", "registry.example/cached:1", "registry.example/cache.evil.example/bot", "registry.example/tools", "evil.example/registry.example/tools/x", listedImage + ":5000/bot"} {
		errs = append(errs, create(image).refusedWith("declared chatbots"))
	}
	for _, image := range []string{listedImage, listedImage + ":2", listedImage + "@sha256:0000000000000000000000000000000000000000000000000000000000000000", "registry.example/tools/backup:1"} {
		if a := create(image); !a.ok() {
			errs = append(errs, errors.New("a listed image is refused: "+a.message()))
		}
	}
	// A namespace without the label never notices.
	if a := w.call(t, administrator, post, pods("default")+dryRun, pod("default", "attack")); !a.ok() {
		errs = append(errs, errors.New("a pod elsewhere is refused: "+a.message()))
	}
	return errors.Join(errs...)
}

// undeclaredVolume brings code by a volume with the files of an image, which a listed image runs.
func undeclaredVolume(t *testing.T, w *world) error {
	return undeclaredSource(t, w, "registry.example/bot:1", "registry.example/bot:1", "registry.example/tools/models:1", func(image string) corev1.VolumeSource {
		return corev1.VolumeSource{Image: &corev1.ImageVolumeSource{Reference: image}}
	})
}

// undeclaredDriver brings code by an inline volume. The namespace lists the driver that brings Secrets.
func undeclaredDriver(t *testing.T, w *world) error {
	return undeclaredSource(t, w, "image.csi.example", "csi://image.csi.example", "secrets-store.csi.k8s.io", func(driver string) corev1.VolumeSource {
		return corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{Driver: driver}}
	})
}

// undeclaredSource brings code by a volume from a source that the namespace does not list, and which the refusal must name as shown, and then from one
// that it lists.
func undeclaredSource(t *testing.T, w *world, unlisted, shown, listed string, newSource func(string) corev1.VolumeSource) error {
	makeDeclaredOnly(t, w)
	mount := func(source string) answer {
		p := undeclaredPod(listedImage + ":1")
		p.Name = "attack"
		p.Spec.Volumes = []corev1.Volume{{Name: "code", VolumeSource: newSource(source)}}
		return w.call(t, namespaceAdmin, post, pods(declaredOnly)+dryRun, p)
	}
	err := mount(unlisted).refusedWith("declared chatbots", shown)
	if a := mount(listed); !a.ok() {
		err = errors.Join(err, fmt.Errorf("a pod with the listed %s is refused: %s", listed, a.message()))
	}
	return err
}

func undeclaredInside(t *testing.T, w *world) error {
	makeDeclaredOnly(t, w)
	path := pods(declaredOnly) + "/other"
	debug := `{"spec":{"ephemeralContainers":[{"name":"other","image":"registry.example/bot:1"}]}}`
	errs := []error{
		w.call(t, broad, strategic, path+"/ephemeralcontainers"+dryRun, debug).refusedWith("declared chatbots"),
		w.call(t, broad, jsonPatch, path+dryRun, `[{"op":"replace","path":"/spec/containers/0/image","value":"registry.example/bot:1"}]`).refusedWith("declared chatbots"),
	}
	if a := w.call(t, broad, merge, path+dryRun, `{"metadata":{"labels":{"tier":"cache"}}}`); !a.ok() {
		errs = append(errs, errors.New("a label of a running pod is refused: "+a.message()))
	}
	return errors.Join(errs...)
}

func undeclaredByNamespace(t *testing.T, w *world) error {
	makeDeclaredOnly(t, w)
	const path = "/api/v1/namespaces/" + declaredOnly + dryRun
	return errors.Join(
		w.call(t, broad, merge, path, `{"metadata":{"labels":{"`+v1alpha1.LabelDeclaredOnly+`":null}}}`).refusedWith("unenforce"),
		w.call(t, broad, merge, path, `{"metadata":{"labels":{"`+v1alpha1.LabelDeclaredOnly+`":"false"}}}`).refusedWith("unenforce"),
		w.call(t, broad, merge, path, `{"metadata":{"annotations":{"`+v1alpha1.AnnotationUndeclaredImages+`":"registry.example/"}}}`).refusedWith("unenforce"),
		w.call(t, broad, merge, path, `{"metadata":{"annotations":{"`+v1alpha1.AnnotationUndeclaredImages+`":null}}}`).refusedWith("unenforce"),
	)
}

// undeclaredByTypo takes a value for "on" that is none, in a new namespace and in one that is there.
func undeclaredByTypo(t *testing.T, w *world) error {
	const name = "default"
	label := func(value string) string {
		return `"metadata":{"name":"` + name + `","labels":{"` + v1alpha1.LabelDeclaredOnly + `":` + value + `}}`
	}
	const path, reason = "/api/v1/namespaces/" + name + dryRun, `has a value other than "true", which has no effect`
	create := `{"apiVersion":"v1","kind":"Namespace",` + strings.Replace(label(`"yes"`), name, name+"-new", 1) + `}`
	errs := []error{
		w.call(t, administrator, merge, path, `{`+label(`"yes"`)+`}`).refusedWith(reason),
		w.call(t, administrator, merge, path, `{`+label(`""`)+`}`).refusedWith(reason),
		w.call(t, administrator, post, "/api/v1/namespaces"+dryRun, json.RawMessage(create)).refusedWith(reason),
	}
	for _, right := range []string{`"true"`, "null"} {
		if a := w.call(t, administrator, merge, path, `{`+label(right)+`}`); !a.ok() {
			errs = append(errs, errors.New(right+" is refused: "+a.message()))
		}
	}
	lawful := json.RawMessage(strings.Replace(create, `"yes"`, `"true"`, 1))
	if a := w.call(t, administrator, post, "/api/v1/namespaces"+dryRun, lawful); !a.ok() {
		errs = append(errs, errors.New("a new namespace with the label is refused: "+a.message()))
	}
	return errors.Join(errs...)
}

func undeclaredClaim(t *testing.T, w *world) error {
	makeDeclaredOnly(t, w)
	attack := pod(declaredOnly, "attack", func(p *corev1.Pod) {
		p.Labels = map[string]string{"app": "another", v1alpha1.LabelChatbot: "support"}
		always := corev1.ContainerRestartPolicyAlways
		p.Spec.InitContainers = []corev1.Container{{
			Name: "chaperone", Image: "registry.example/bot@sha256:0000000000000000000000000000000000000000000000000000000000000000", RestartPolicy: &always,
		}}
	})
	return w.call(t, namespaceAdmin, post, pods(declaredOnly)+dryRun, attack).refusedWith()
}
