package manifest

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// PatchHead is how a file begins that `assess -o patch` has written. Reader leaves such files out.
const PatchHead = "# Repairs that change nothing for the clients of the chatbots."

// maxNamedFiles bounds the files that a note names.
const maxNamedFiles = 8

// reason says why files of the input are left out. It continues a sentence that begins with the files.
type reason string

const (
	isOwnPatch reason = "left out, because `assess -o patch` wrote them: `--kustomize` shows what they change"
	isPatch    reason = "left out, because a kustomization applies them as patches or reads them as data: pipe what `kubectl kustomize` renders"
	isTemplate reason = "left out, because they are templates of a Helm chart: pipe what `helm template` renders"
	isNoObject reason = "left out, because no Kubernetes object is in them"
)

// leftOut has the files that are left out of the input, by reason.
type leftOut map[reason][]string

// add notes that a file is left out. Documents of one file count once.
func (l leftOut) add(why reason, file string) {
	if !slices.Contains(l[why], file) {
		l[why] = append(l[why], file)
	}
}

// notes returns a sentence for each reason, with the first of its files.
func (l leftOut) notes() []string {
	var notes []string
	for _, why := range []reason{isOwnPatch, isPatch, isTemplate, isNoObject} {
		files := l[why]
		if len(files) == 0 {
			continue
		}
		named := strings.Join(files[:min(len(files), maxNamedFiles)], ", ")
		if len(files) > maxNamedFiles {
			named += fmt.Sprintf(" and %d more", len(files)-maxNamedFiles)
		}
		notes = append(notes, fmt.Sprintf("%s: %s", named, why))
	}
	return notes
}

// kustomization has the fields of a kustomization that name files with something else than objects to create.
type kustomization struct {
	Patches               []patchFile `json:"patches"`
	PatchesJSON6902       []patchFile `json:"patchesJson6902"`
	Replacements          []patchFile `json:"replacements"`
	PatchesStrategicMerge []string    `json:"patchesStrategicMerge"`
	Configurations        []string    `json:"configurations"`
	ConfigMapGenerator    []generator `json:"configMapGenerator"`
	SecretGenerator       []generator `json:"secretGenerator"`
}

type patchFile struct {
	Path string `json:"path"`
}

type generator struct {
	Files []string `json:"files"`
}

// listPatchFiles returns the files that a kustomization names as patches or data, by their paths. file is the path of the kustomization. It
// returns none if the file is no kustomization that can be read: Read then reports what is wrong with it.
func listPatchFiles(file string) []string {
	content, err := os.ReadFile(filepath.Clean(file))
	if err != nil || len(content) > MaxFileBytes {
		return nil
	}
	var k kustomization
	if err := yaml.Unmarshal(content, &k); err != nil {
		return nil
	}
	names := slices.Concat(k.PatchesStrategicMerge, k.Configurations)
	for _, patch := range slices.Concat(k.Patches, k.PatchesJSON6902, k.Replacements) {
		names = append(names, patch.Path)
	}
	for _, g := range slices.Concat(k.ConfigMapGenerator, k.SecretGenerator) {
		for _, entry := range g.Files { // An entry is a file, or a key with a file: `settings=app.yaml`.
			names = append(names, entry[strings.LastIndex(entry, "=")+1:])
		}
	}
	var files []string
	for _, name := range names {
		if name != "" {
			files = append(files, filepath.Join(filepath.Dir(file), name))
		}
	}
	return files
}

// isKustomization reports whether a file has the name of a kustomization.
func isKustomization(file string) bool {
	return slices.Contains([]string{"kustomization.yaml", "kustomization.yml"}, filepath.Base(file))
}

// isHelmTemplate reports whether a file is in the folder `templates` of a Helm chart, or below it.
func isHelmTemplate(file string) bool {
	full, err := filepath.Abs(file)
	if err != nil {
		return false
	}
	for folder := filepath.Dir(full); folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if filepath.Base(folder) != "templates" {
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(folder), "Chart.yaml")); err == nil {
			return true
		}
	}
	return false
}

// leaveOut returns the files of a folder without the patches of kustomizations and the templates of Helm charts, which it notes in l.
func (l leftOut) leaveOut(files []string) []string {
	var patches []string
	for _, file := range files {
		if isKustomization(file) {
			patches = append(patches, listPatchFiles(file)...)
		}
	}
	return slices.DeleteFunc(files, func(file string) bool {
		switch {
		case slices.Contains(patches, filepath.Clean(file)):
			l.add(isPatch, file)
		case isHelmTemplate(file):
			l.add(isTemplate, file)
		default:
			return false
		}
		return true
	})
}

// isOwn reports whether `assess -o patch` has written the content.
func isOwn(content []byte) bool { return bytes.HasPrefix(content, []byte(PatchHead)) }

// looksLikeObject reports whether a document is a Kubernetes object, also one whose author forgot the kind or the apiVersion: it has both
// of these, or a name in its metadata. Values of Helm charts may have a kind too.
func looksLikeObject(content map[string]any) bool {
	u := unstructured.Unstructured{Object: content}
	return u.GetKind() != "" && u.GetAPIVersion() != "" || u.GetName() != "" || u.GetGenerateName() != ""
}
