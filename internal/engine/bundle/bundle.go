package bundle

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/engine/law"
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
)

const (
	// maxFileBytes is the maximum size of one file of a bundle. The largest file of legal data has about 50 KiB.
	maxFileBytes = 1 << 20
	// maxFiles is the maximum number of files of a bundle. The built-in bundle has fewer than 150.
	maxFiles = 2000
)

// Bundle is a policy bundle after it has been read, compiled and validated. It never changes.
type Bundle struct {
	// Policy is the compiled Rego.
	Policy *opa.Policy
	// Law is the legal data.
	Law law.Data
	// Rules are the rules of Policy and the dimensions of Law that findings can name.
	Rules Rules
	// Revision identifies the content: 16 hexadecimal digits of a SHA-256 over the files that Read reads.
	Revision string

	// documents is the legal data as JSON, which takes a fraction of the memory of the decoded data.
	documents []byte
}

// Read reads a bundle: every *.rego except tests, every data/**.yaml and every entrypoints/<name>/input.json. It ignores all other files.
// The file input.json of the entrypoint `workload`, for example, becomes the schema `schema.workload`, with which the compiler checks the
// types of rules. Read returns an error if a file is too large, or does not parse, compile or validate.
func Read(fsys fs.FS) (*Bundle, error) {
	f, err := readFiles(fsys)
	if err != nil {
		return nil, fmt.Errorf("read bundle: %w", err)
	}
	data, err := law.Decode(f.documents)
	if err != nil {
		return nil, fmt.Errorf("validate legal data: %w", err)
	}
	documents, err := json.Marshal(f.documents)
	if err != nil {
		return nil, fmt.Errorf("encode legal data: %w", err)
	}
	compiled, err := f.source.Compile()
	if err != nil {
		return nil, err
	}
	return &Bundle{
		Policy: compiled, Law: data, Rules: newRules(compiled, &data),
		Revision: f.revision, documents: documents,
	}, nil
}

// files are the parsed files of a bundle, from which Read makes a Bundle.
type files struct {
	// source is the Rego and the schemas, not compiled yet.
	source *opa.Source
	// documents is the legal data as decoded YAML: data/jurisdictions/eu.yaml is documents["jurisdictions"]["eu"].
	documents map[string]any
	// revision becomes the field of Bundle with this name.
	revision string
}

// readFiles reads and parses the files of a bundle, in the order of their paths.
func readFiles(fsys fs.FS) (*files, error) {
	f := &files{source: opa.NewSource(listBuiltins()), documents: map[string]any{}}
	hash := sha256.New()
	count := 0
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !isPartOfBundle(name) {
			return err
		}
		if count++; count > maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		content, err := readFile(fsys, name)
		if err != nil {
			return err
		}
		// The name and the length come first, so that two bundles with their content divided differently into files have different hashes.
		fmt.Fprintf(hash, "%q %d\n", name, len(content))
		hash.Write(content)
		return f.add(name, content)
	})
	if err != nil {
		return nil, err
	}
	if f.source.Len() == 0 {
		return nil, fmt.Errorf("no Rego file in the bundle")
	}
	f.revision = hex.EncodeToString(hash.Sum(nil))[:16]
	return f, nil
}

// isPartOfBundle reports whether Read reads the file at a path: Rego except tests, legal data, or a schema.
func isPartOfBundle(name string) bool {
	if strings.HasSuffix(name, ".rego") {
		return !strings.HasSuffix(name, "_test.rego")
	}
	return strings.HasPrefix(name, "data/") && path.Ext(name) == ".yaml" || isSchema(name)
}

// isSchema reports whether the file at a path is the JSON schema of the input of an entrypoint.
func isSchema(name string) bool {
	return strings.HasPrefix(name, "entrypoints/") && path.Base(name) == "input.json"
}

// readFile reads a file of at most maxFileBytes.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFileBytes {
		return nil, fmt.Errorf("%s has more than %d bytes", name, maxFileBytes)
	}
	return fs.ReadFile(fsys, name)
}

// add parses the content of a file and adds it to the Rego, the schemas or the legal data, depending on its name.
func (f *files) add(name string, content []byte) error {
	if strings.HasSuffix(name, ".rego") {
		if err := f.source.AddModule(name, content); err != nil {
			return fmt.Errorf("parse %s: %w", name, err)
		}
		return nil
	}
	document, err := decodeYAML(content) // JSON is YAML.
	if err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	if isSchema(name) {
		entrypoint := path.Base(path.Dir(name))
		f.source.AddSchema(entrypoint, document)
		return nil
	}
	keys := strings.Split(strings.TrimSuffix(strings.TrimPrefix(name, "data/"), ".yaml"), "/")
	return addDocument(f.documents, keys, document)
}

// decodeYAML decodes YAML to the Go types of decoded JSON. Numbers become json.Number, which keeps their digits. decodeYAML returns an
// error for duplicate keys.
func decodeYAML(content []byte) (any, error) {
	asJSON, err := yaml.YAMLToJSONStrict(content)
	if err != nil {
		return nil, err
	}
	return law.DecodeJSON(asJSON)
}

// addDocument adds a document to the tree of documents at the path that the keys make: ["jurisdictions", "eu"] adds it as
// tree["jurisdictions"]["eu"]. It returns an error if the path, or a part of it, already has a document: `a.yaml` next to the folder `a`.
func addDocument(tree map[string]any, keys []string, document any) error {
	for _, key := range keys[:len(keys)-1] {
		child, ok := tree[key].(map[string]any)
		if !ok {
			if tree[key] != nil {
				return fmt.Errorf("data: %s is both a file and a folder", key)
			}
			child = map[string]any{}
			tree[key] = child
		}
		tree = child
	}
	last := keys[len(keys)-1]
	if _, taken := tree[last]; taken {
		return fmt.Errorf("data: %s is both a file and a folder", last)
	}
	tree[last] = document
	return nil
}
