// One A10 at a time, spot if there is one: a few hundred hours of video a month.
using 'main.bicep'

param name = 'vfi'
param gpuSize = 'Standard_NV36ads_A10_v5'
param gpuNodes = 1
param spotNodes = 2
