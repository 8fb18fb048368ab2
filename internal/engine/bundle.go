package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
	"sigs.k8s.io/yaml"
)

const (
	// maxFileBytes bounds one file of a bundle. The largest legal file has some 50 KiB.
	maxFileBytes = 1 << 20
	// maxFiles bounds the number of files of a bundle. The built-in one has under 150.
	maxFiles = 2000
)

// bundle is what was read from a file system: parsed modules, the legal data, the schemas of inputs, and the hash over the
// bytes of all.
type bundle struct {
	modules  map[string]*ast.Module
	law      map[string]any
	schemas  *ast.SchemaSet
	revision string
}

// readBundle reads every *.rego (but tests), every data/**.yaml and every entrypoints/<name>/input.json, in the order of their
// paths. Other files are no part of the bundle. data/jurisdictions/eu.yaml becomes law["jurisdictions"]["eu"], and
// entrypoints/workload/input.json the schema `schema.workload`, with which the compiler checks the types of rules.
func readBundle(fsys fs.FS) (bundle, error) {
	b := bundle{modules: map[string]*ast.Module{}, law: map[string]any{}, schemas: ast.NewSchemaSet()}
	hash := sha256.New()
	files := 0
	err := fs.WalkDir(fsys, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !partOfBundle(name) {
			return err
		}
		if files++; files > maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		content, err := readFile(fsys, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(hash, "%q %d\n", name, len(content))
		hash.Write(content)
		return b.add(name, content)
	})
	if err != nil {
		return bundle{}, fmt.Errorf("read bundle: %w", err)
	}
	if len(b.modules) == 0 {
		return bundle{}, fmt.Errorf("read bundle: no Rego file in it")
	}
	b.revision = hex.EncodeToString(hash.Sum(nil))[:16]
	return b, nil
}

func partOfBundle(name string) bool {
	if strings.HasSuffix(name, ".rego") {
		return !strings.HasSuffix(name, "_test.rego")
	}
	return strings.HasPrefix(name, "data/") && path.Ext(name) == ".yaml" || isSchema(name)
}

func isSchema(name string) bool {
	return strings.HasPrefix(name, "entrypoints/") && path.Base(name) == "input.json"
}

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

func (b *bundle) add(name string, content []byte) error {
	if strings.HasSuffix(name, ".rego") {
		return b.addModule(name, content)
	}
	document, err := decodeYAML(content) // JSON is YAML.
	if err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	if isSchema(name) {
		b.schemas.Put(ast.Ref{ast.VarTerm("schema"), ast.StringTerm(path.Base(path.Dir(name)))}, document)
		return nil
	}
	return put(b.law, strings.Split(strings.TrimSuffix(strings.TrimPrefix(name, "data/"), path.Ext(name)), "/"), document)
}

func (b *bundle) addModule(name string, content []byte) error {
	module, err := ast.ParseModuleWithOpts(name, string(content), ast.ParserOptions{
		ProcessAnnotation: true,
		RegoVersion:       ast.RegoV1,
		Capabilities:      capabilities(),
	})
	if err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	b.modules[name] = module
	return nil
}

// decodeYAML refuses duplicate keys and keeps numbers as they are written.
func decodeYAML(content []byte) (any, error) {
	asJSON, err := yaml.YAMLToJSONStrict(content)
	if err != nil {
		return nil, err
	}
	var document any
	if err := util.UnmarshalJSON(asJSON, &document); err != nil {
		return nil, err
	}
	return document, nil
}

func put(tree map[string]any, keys []string, document any) error {
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
