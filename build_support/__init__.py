"""How setup.py builds dlib_net's native modules: dlib's source, the tools, the steps, the cache."""
