package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
)

// checkOut makes a worktree of the commit in the folder. remove removes it.
func checkOut(ctx context.Context, folder, commit string) (root string, remove func(), err error) {
	root = filepath.Join(folder, "base")
	if err := execute(ctx, ".", "git", "worktree", "add", "--detach", root, commit); err != nil {
		return "", nil, err
	}
	remove = func() {
		if err := execute(context.WithoutCancel(ctx), ".", "git", "worktree", "remove", "--force", root); err != nil {
			fmt.Println(err)
		}
	}
	return root, remove, nil
}

// buildManager builds the manager of the tree at root and returns the path of the program.
func buildManager(ctx context.Context, root, folder string) (string, error) {
	path := filepath.Join(folder, "manager")
	return path, execute(ctx, root, "go", "build", "-o", path, "./cmd/manager")
}

// execute runs a program in the folder. Its output is part of the error.
func execute(ctx context.Context, folder, name string, args ...string) error {
	command := exec.CommandContext(ctx, name, args...)
	command.Dir = folder
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("%s %v: %w\n%s", name, args, err, out)
	}
	return nil
}

// readInstallation returns the objects of config/default in the tree at root.
func readInstallation(ctx context.Context, root string) ([]*unstructured.Unstructured, error) {
	command := exec.CommandContext(ctx, "go", "tool", "-modfile=hack/tools/go.mod", "kustomize", "build", "config/default")
	command.Dir = root
	var mistakes bytes.Buffer
	command.Stderr = &mistakes
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("kustomize: %w\n%s", err, mistakes.String())
	}
	return decodeObjects(out)
}

// decodeObjects returns the objects of a file with YAML documents.
func decodeObjects(data []byte) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader(data), 4096)
	for {
		object := &unstructured.Unstructured{}
		if err := decoder.Decode(object); errors.Is(err, io.EOF) {
			return objects, nil
		} else if err != nil {
			return nil, err
		}
		if object.GetKind() != "" {
			objects = append(objects, object)
		}
	}
}
