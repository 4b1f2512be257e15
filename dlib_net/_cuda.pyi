from dlib_net._cpu import *  # noqa: F403
