param name string
param registryName string
param location string
param systemSize string
param gpuSize string
param gpuNodes int
param spotNodes int
param logs bool

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: registryName
  location: location
  sku: {
    name: 'Basic'
  }
  properties: {
    adminUserEnabled: false
  }
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = if (logs) {
  name: '${name}-logs'
  location: location
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: 30
  }
}

var gpuPool = {
  mode: 'User'
  vmSize: gpuSize
  osType: 'Linux'
  enableAutoScaling: true
  // From zero: an empty queue costs nothing but the system node.
  minCount: 0
  count: 0
  nodeTaints: ['sku=gpu:NoSchedule']
  nodeLabels: {
    'vfi/gpu': 'true'
  }
}

var regularPools = gpuNodes > 0
  ? [
      union(gpuPool, {
        name: 'gpu'
        maxCount: gpuNodes
      })
    ]
  : []

var spotPools = spotNodes > 0
  ? [
      union(gpuPool, {
        name: 'gpuspot'
        maxCount: spotNodes
        scaleSetPriority: 'Spot'
        scaleSetEvictionPolicy: 'Delete'
        spotMaxPrice: -1
        nodeTaints: ['sku=gpu:NoSchedule', 'kubernetes.azure.com/scalesetpriority=spot:NoSchedule']
      })
    ]
  : []

resource cluster 'Microsoft.ContainerService/managedClusters@2024-09-01' = {
  name: name
  location: location
  identity: {
    type: 'SystemAssigned'
  }
  properties: {
    dnsPrefix: name
    disableLocalAccounts: false
    autoUpgradeProfile: {
      upgradeChannel: 'patch'
    }
    oidcIssuerProfile: {
      enabled: true
    }
    securityProfile: {
      workloadIdentity: {
        enabled: true
      }
    }
    workloadAutoScalerProfile: {
      keda: {
        enabled: true
      }
    }
    autoScalerProfile: {
      // A GPU node that has had nothing to do for so long goes.
      'scale-down-unneeded-time': '5m'
      expander: 'priority'
    }
    networkProfile: {
      networkPlugin: 'azure'
      networkPluginMode: 'overlay'
      networkDataplane: 'cilium'
      networkPolicy: 'cilium'
    }
    storageProfile: {
      fileCSIDriver: {
        enabled: true
      }
    }
    addonProfiles: logs
      ? {
          omsagent: {
            enabled: true
            config: {
              logAnalyticsWorkspaceResourceID: workspace.id
            }
          }
        }
      : {}
    agentPoolProfiles: concat(
      [
        {
          name: 'system'
          mode: 'System'
          vmSize: systemSize
          osType: 'Linux'
          count: 1
          enableAutoScaling: true
          minCount: 1
          maxCount: 3
        }
      ],
      regularPools,
      spotPools
    )
  }
}

var pullRole = '7f951dda-4ed3-4680-a7ca-43fe172d538d' // AcrPull

resource nodesMayPull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: registry
  name: guid(registry.id, cluster.id, pullRole)
  properties: {
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', pullRole)
    principalId: cluster.properties.identityProfile.kubeletidentity.objectId
    principalType: 'ServicePrincipal'
  }
}

output name string = cluster.name
output registry string = registry.properties.loginServer
output issuer string = cluster.properties.oidcIssuerProfile.issuerURL
