# nix-build packaging/nix: k8slint of this checkout, with the packages of nixpkgs, and those that it lacks.
{
  pkgs ? import <nixpkgs> { },
}:

let
  python = pkgs.python3Packages;

  e2b-dockerfile-utils = python.buildPythonPackage rec {
    pname = "e2b_dockerfile_utils";
    version = "0.1.1";
    pyproject = true;
    src = pkgs.fetchPypi {
      inherit pname version;
      hash = "sha256-wdQXm65vMTH+C7seZ4f/sHxsbcqL2zOZq7PekFayoI8=";
    };
    build-system = [ python.uv-build ];
  };

  tree-sitter-bash = python.buildPythonPackage rec {
    pname = "tree_sitter_bash";
    version = "0.25.1";
    pyproject = true;
    src = pkgs.fetchPypi {
      inherit pname version;
      hash = "sha256-v8C9qne8HobjxmUuWm4UDEDAoWuEGFwrY6182Am4jxQ=";
    };
    build-system = [ python.setuptools ];
  };
in
python.buildPythonApplication {
  pname = "k8slint";
  version = "0.1.0";
  pyproject = true;
  src = ../..;

  build-system = [ python.hatchling ];
  # nixpkgs moves on without us.
  pythonRelaxDeps = true;
  dependencies = [
    python.pyyaml
    python.ruamel-yaml
    python.typer
    python.rich
    python.jsonschema
    python.tree-sitter
    tree-sitter-bash
    e2b-dockerfile-utils
  ];

  pythonImportsCheck = [ "k8slint" ];
  doInstallCheck = true;
  installCheckPhase = "$out/bin/k8slint check fixtures/ok";

  meta = {
    description = "Lint and fix how Kubernetes pods shut down";
    homepage = "https://k8slint.github.io/k8slint/";
    license = pkgs.lib.licenses.asl20;
    mainProgram = "k8slint";
  };
}
